import { requestSweepRun } from '../../../contract/api/sweep-changes.ts';
import { MigError } from '../../../contract/errors.ts';
import type { Sweep } from '../../../contract/sweep/document.ts';
import type { ComplianceItem, SweepRunView } from '../../../contract/sweep/item.ts';
import { signableOperations } from '../../../contract/sweep/run-actions.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type CliSession, openSession } from '../../session.ts';
import { actionsLine, exitCodeOfRun, followRun, runLine } from '../../sweep/follow-run.ts';
import { itemLine, sweepItems } from '../../sweep/items.ts';
import { documentKeys, type LoadedSweep, loadSweep, verifiedOperations } from '../../sweep/load-sweep.ts';
import { signRun } from '../../sweep/sign-run.ts';

/** `mig sweep trigger <name>`: signs one run of all checks now, and follows it. */
export async function triggerSweepCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['sweep trigger'],
    flags: { keys: 'string' },
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const loaded = await loadSweep(session, words[0] ?? '');
  const operations = await verifiedOperations(loaded, await documentKeys(session, value('keys')));
  session.output.note(`target     ${loaded.sweep.target}`);
  session.output.note(`checks     ${loaded.sweep.checks.length}`);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const run = { kind: 'trigger', sweep: loaded.sweep, operations } as const;
  const ended = await startAndFollow(session, loaded, run);
  if (ended === undefined) return exitCodeOfRun(ended);
  if (options.json) session.output.json(JSON.stringify(ended));
  else printEnded(session, ended, loaded.report.name);
  return exitCodeOfRun(ended);
}

/** `mig sweep verify <name> <endpoint>`: asks one endpoint again what it failed, and prints the items. */
export async function verifySweepCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['sweep verify'],
    flags: { keys: 'string' },
    allowed: ['y', 'json'],
    words: [2, 2],
  });
  const [name = '', endpoint = ''] = words;
  const session = await openSession(options);
  const { api, output } = session;
  const loaded = await loadSweep(session, name);
  await verifiedOperations(loaded, await documentKeys(session, value('keys')));
  const failed = await failedItems(session, loaded, endpoint);
  const [first] = failed;
  if (first === undefined) {
    output.note(`nothing fails on ${endpoint}, so nothing was asked`);
    return EXIT.ok;
  }
  const checks = [...new Set(failed.map(({ check }) => check))];
  const queuelocs = [...new Set(failed.map(({ queueloc }) => queueloc))];
  const target = `queueloc IN (${queuelocs.map((queueloc) => `'${queueloc.replaceAll("'", "''")}'`).join(', ')})`;
  output.note(`target     ${target}`);
  output.note(`checks     ${checks.join(', ')}`);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const operations = signableOperations(loaded.sweep.checks.filter(({ id }) => checks.includes(id)));
  const sweep = { ...loaded.sweep, target };
  const ended = await startAndFollow(session, loaded, { kind: 'verify', sweep, operations, checks });
  if (ended === undefined) return exitCodeOfRun(ended);
  if (!options.json) printEnded(session, ended, loaded.report.name);
  const filters = { check: checks.join(','), agent: endpoint };
  const items: ComplianceItem[] = [];
  for await (const item of sweepItems(api, { sweepId: loaded.report.id, filters })) {
    items.push(item);
  }
  if (options.json) output.json(JSON.stringify({ run: ended, items }));
  else for (const item of items) output.answer(itemLine(item));
  return exitCodeOfRun(ended);
}

async function failedItems({ api }: CliSession, { report }: LoadedSweep, agent: string) {
  const failed = [];
  for await (const item of sweepItems(api, { sweepId: report.id, filters: { agent, status: ['fail'] } })) {
    failed.push(item);
  }
  if (failed.length > 0) return failed;
  // Distinguishes an endpoint that passes from one that the sweep does not know.
  for await (const _ of sweepItems(api, { sweepId: report.id, filters: { agent } })) return failed;
  throw new MigError(
    'not_found',
    `the sweep has no items of an endpoint ${JSON.stringify(agent)}; mig sweep show ${shellWord(report.name)} -by endpoint prints those that it has`,
  );
}

/** Returns the run as it ended; undefined after Ctrl-C. */
async function startAndFollow(
  session: CliSession,
  { report }: LoadedSweep,
  run: {
    kind: 'trigger' | 'verify';
    sweep: Sweep;
    operations: readonly string[];
    checks?: readonly string[];
  },
): Promise<SweepRunView | undefined> {
  const { api, signer, output } = session;
  const { kind, sweep, operations, checks } = run;
  const plannedat = new Date().toISOString();
  const parts = await signRun(signer, sweep, { plannedat, operations });
  const requested = {
    kind,
    plannedat,
    ...(checks !== undefined && { checks: [...checks] }),
    ...(kind === 'verify' && { target: sweep.target }),
    parts: parts.map((part, index) => ({ ...part, operations: operations[index] ?? '' })),
  };
  const { run: created } = await api.call(requestSweepRun, { sweepid: report.id, run: requested });
  const { id } = created;
  output.note(`run ${id} of ${countOf(parts.length, 'action')} launched; Ctrl-C stops only the following`);
  return followRun(session, { sweepId: report.id, runId: id });
}

/** The end of a run, its actions, and where to read what fails, and why something is undecided. */
function printEnded({ output }: CliSession, run: SweepRunView, name: string): void {
  output.answer(runLine(run), 'bold');
  const actions = actionsLine(run);
  if (actions !== undefined) output.note(actions);
  const hasFailures = run.kind === 'trigger' && (run.counts.fail ?? 0) > 0;
  if (hasFailures) output.note(`mig sweep show ${shellWord(name)} -status fail lists what fails`);
  const isUndecided = ['error', 'unknown', 'notchecked'].some((status) => (run.counts[status] ?? 0) > 0);
  if (isUndecided) output.note(`mig sweep show ${shellWord(name)} says why items are undecided`);
}
