import { revokeWaiver, waiveCheck } from '../../../contract/api/sweep-changes.ts';
import { listSweepEndpoints } from '../../../contract/api/sweeps.ts';
import { MigError } from '../../../contract/errors.ts';
import { parseField } from '../../../contract/parse-field.ts';
import type { SweepEndpointView, WaiverView } from '../../../contract/sweep/item.ts';
import { WaiverDocument } from '../../../contract/sweep/requests.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type CliSession, openSession } from '../../session.ts';
import { findSweep, loadSweep, requireCheck } from '../../sweep/load-sweep.ts';
import { LINE_FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createLineList } from '../../terminal/record-list.ts';
import { parseTimeFlag } from '../../time-flag.ts';

/** One more than a waiver may name, so that too many are refused, and none is left out. */
const MAX_ENDPOINTS = 1_001;

/** `mig sweep waive <name> <check>`: signs an exception, which ends by itself. */
export async function waiveCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep waive'],
    flags: { until: 'string', why: 'string', agent: 'list' },
    allowed: ['y'],
    words: [2, 2],
  });
  const [name = '', check = ''] = given.words;
  const until = given.value('until');
  const why = given.value('why');
  if (until === undefined || why === undefined) {
    throw new MigError('usage', 'a waiver needs its end and its reason: -until 90d -why "replaced in March"');
  }
  const end = parseTimeFlag('until', until, { nowMs: Date.now(), isAhead: true });
  const session = await openSession(given.options);
  const { output, api, signer } = session;
  const loaded = await loadSweep(session, name);
  requireCheck(loaded, check);
  const { report } = loaded;
  const endpoints = await endpointsOf(session, report.id, given.values('agent'));
  const agents = [...new Set(endpoints.map(({ agent }) => agent))];
  const queuelocs = endpoints.map(({ queueloc }) => queueloc);
  const document = JSON.stringify({
    sweep: name,
    sweepid: report.id,
    check,
    agents,
    queuelocs,
    why,
    until: end,
  });
  const waiver = parseField('waiver', WaiverDocument, document);
  output.note(`check      ${check}`);
  if (endpoints.length === 0) output.note('endpoints  all of the sweep');
  for (const { agent, queueloc } of endpoints) output.note(`endpoint   ${agent} (${queueloc})`);
  output.note(`until      ${waiver.until}`);
  output.note(`why        ${waiver.why}`);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const { waiver: created } = await api.call(waiveCheck, {
    sweepid: report.id,
    waiver: document,
    signatures: JSON.stringify([await signer.sign(document)]),
  });
  output.answer(`waiver ${created.id} signed, until ${waiver.until}`);
  return EXIT.ok;
}

/** The endpoints that have these names or queue names now: a waiver covers them, whatever they are called later. */
async function endpointsOf(
  { api }: CliSession,
  sweepId: number,
  names: readonly string[],
): Promise<Pick<SweepEndpointView, 'agent' | 'queueloc'>[]> {
  const found = new Map<string, string>();
  for (const agent of names) {
    const given = { sweepid: sweepId, agent, limit: MAX_ENDPOINTS };
    const { endpoints } = await api.call(listSweepEndpoints, given);
    if (endpoints.length === 0) throw new MigError('not_found', `the sweep has asked no endpoint '${agent}'`);
    for (const endpoint of endpoints) {
      found.set(endpoint.queueloc, endpoint.agent);
    }
  }
  return [...found].map(([queueloc, agent]) => ({ queueloc, agent }));
}

/** `mig sweep waivers <name>`: the waivers of a sweep, newest first, with those that are over. */
export async function waiversCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep waivers'],
    flags: LINE_FORMAT_FLAGS,
    allowed: ['json'],
    words: [1, 1],
  });
  const format = readFormat(given);
  const session = await openSession(given.options);
  const { waivers } = await findSweep(session, given.words[0] ?? '');
  const list = createLineList<WaiverView>({ output: session.output, format, linesOf: waiverLines });
  for (const waiver of waivers) {
    await list.add(waiver);
    for (const { agent, queueloc } of waiver.endpoints.filter(({ covered }) => !covered)) {
      session.output.note(`waiver ${waiver.id} does not cover ${queueloc}, which is named ${agent} now`);
    }
  }
  list.end();
  if (waivers.length === 0) session.output.note('the sweep has no waiver');
  return EXIT.ok;
}

function waiverLines(waiver: WaiverView): string[] {
  const { id, check, why, until, by, revokedat } = waiver;
  const isOver = Date.parse(until) <= Date.now();
  const state = revokedat !== null ? `revoked ${revokedat}` : `${isOver ? 'ended' : 'until'} ${until}`;
  return [`${id}  ${check}  ${coveredBy(waiver)}  ${state}  by ${by}: ${why}`];
}

/** The endpoints by the names that they have now. */
function coveredBy({ agents, endpoints }: WaiverView): string {
  if (agents.length === 0) return 'all endpoints';
  const covered = endpoints.filter((endpoint) => endpoint.covered);
  const names = covered.map(({ agent, queueloc }) =>
    agents.includes(agent) ? `${agent} (${queueloc})` : `${queueloc}, which is named ${agent} now`,
  );
  return names.length === 0 ? `none of ${agents.join(', ')}` : names.join(', ');
}

/** `mig sweep unwaive <name> <waiver id>`. */
export async function unwaiveCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES['sweep unwaive'], words: [2, 2] });
  const [name = '', waiverid = ''] = words;
  const session = await openSession(options);
  await session.api.call(revokeWaiver, { name, waiverid: Number(waiverid) });
  session.output.answer(`waiver ${waiverid} revoked`);
  return EXIT.ok;
}
