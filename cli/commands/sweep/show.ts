import { listSweepEndpoints } from '../../../contract/api/sweeps.ts';
import { MigError } from '../../../contract/errors.ts';
import { goDuration } from '../../../contract/go/duration.ts';
import { ITEM_STATUSES, type SweepRunView, type SweepState } from '../../../contract/sweep/item.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { type CommandLine, parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { ITEM_TABLE } from '../../records/sweep-tables.ts';
import { type CliSession, openSession } from '../../session.ts';
import { actionsLine, loadRun, runLine } from '../../sweep/follow-run.ts';
import { type ItemFilters, sweepItems } from '../../sweep/items.ts';
import { findSweep, type LoadedSweep, requireCheck } from '../../sweep/load-sweep.ts';
import { checkRows, endpointRows, matrixLines } from '../../sweep/matrix.ts';
import { itemsLine, loadState, nextLine, runName } from '../../sweep/present.ts';
import { loadReasons, reasonLines } from '../../sweep/reasons.ts';
import { FORMAT_FLAGS, type OutputFormat, readFormat } from '../../terminal/output-format.ts';
import { createRecordList } from '../../terminal/record-list.ts';
import { parseTimeFlag } from '../../time-flag.ts';
import { lostLines, signedUntil, unreadableLines } from './list.ts';

const FLAGS = {
  by: 'string',
  run: 'string',
  check: 'string',
  status: 'string',
  agent: 'string',
  'failed-since': 'string',
  flipped: 'boolean',
  ...FORMAT_FLAGS,
} as const;
/** The document itself is the API's business here. */
type FoundSweep = Omit<LoadedSweep, 'sweep'>;

const MATRICES = ['check', 'endpoint', 'reference'] as const;
const MAX_ENDPOINTS = 200;

/** `mig sweep show <name>`: the matrix of the present items, or with a filter the items that pass it. */
export async function showSweepCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep show'],
    flags: FLAGS,
    allowed: ['json'],
    words: [1, 1],
  });
  const filters = itemFilters(given);
  const by = requireOneOf('-by', given.value('by') ?? 'check', MATRICES);
  const runId = readRunId(given.value('run'));
  const format = readFormat(given);
  if (filters === undefined && format !== 'table' && format !== 'json')
    throw new MigError(
      'usage',
      `--${format} lists items: give a filter too, such as -status fail; the page of a sweep has --json`,
    );
  if (runId !== undefined && (filters !== undefined || by === 'endpoint')) {
    throw new MigError(
      'usage',
      '-run shows checks or references: items and endpoints have their last answer',
    );
  }
  const session = await openSession(given.options);
  const loaded = await findSweep(session, given.words[0] ?? '');
  if (loaded.report === undefined) {
    const { view, runs, waivers } = loaded;
    if (given.options.json) session.output.json(JSON.stringify({ sweep: view, runs, waivers }));
    else for (const line of unreadableLines(view)) session.output.answer(line);
    return EXIT.refused;
  }
  if (runId !== undefined && by !== 'endpoint') return showRun(session, loaded, { runId, by });
  for (const check of filters?.check?.split(',') ?? []) requireCheck(loaded, check);
  if (filters !== undefined) return listItems(session, loaded, { filters, format });
  const state = await loadState(session.api, loaded.report.id);
  if (given.options.json) {
    const { view, report, runs, waivers } = loaded;
    const reasons = await loadReasons(session.api, report.id);
    session.output.json(JSON.stringify({ sweep: view, report, state, runs, waivers, reasons }));
    return EXIT.ok;
  }
  await printHeader(session, loaded, state);
  if (state.runs.length === 0) return EXIT.ok;
  session.output.answer('');
  const { id, name } = loaded.report;
  const lines = await matrix(session, { loaded, state, by });
  const reasons = reasonLines(await loadReasons(session.api, id), shellWord(name));
  for (const line of [...lines, ...reasons]) session.output.answer(line);
  return EXIT.ok;
}

function readRunId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new MigError('usage', '-run: the id of a run is a number; mig sweep history prints it');
}

/** What one run has found by check, and its actions. Waivers in force now are not those of the run. */
async function showRun(
  { api, output, options }: CliSession,
  { report }: FoundSweep,
  { runId, by }: { runId: number; by: 'check' | 'reference' },
): Promise<number> {
  const run = await loadRun(api, { sweepId: report.id, runId });
  if (options.json) {
    output.json(JSON.stringify(run));
    return EXIT.ok;
  }
  printRun(output, '', run);
  output.answer('');
  const { bycheck } = run;
  const state = { bycheck, waived: {}, runs: [] };
  const rows = checkRows({ checks: report.checks, state, before: undefined }, by);
  const withoutWaivers = rows.map((row) => ({ ...row, waived: null }));
  for (const line of matrixLines(withoutWaivers, by)) output.answer(line);
  return EXIT.ok;
}

function printRun(output: CliSession['output'], title: string, run: SweepRunView): void {
  output.answer(`${title}${runLine(run)}`);
  const actions = actionsLine(run);
  if (actions !== undefined) output.answer(`${' '.repeat(title.length)}${actions}`);
}

/** The filters of the API; undefined when there is none. */
function itemFilters({ value, isOn }: CommandLine): ItemFilters | undefined {
  const filters: ItemFilters = {};
  for (const name of ['check', 'agent'] as const) {
    const text = value(name);
    if (text !== undefined) filters[name] = text;
  }
  const statuses = value('status')?.split(',');
  if (statuses) filters.status = statuses.map((status) => requireOneOf('-status', status, ITEM_STATUSES));
  const since = value('failed-since');
  if (since !== undefined) {
    filters.failedsince = parseTimeFlag('failed-since', since, { nowMs: Date.now(), isAhead: false });
  }
  if (isOn('flipped')) filters.flipped = true;
  return Object.keys(filters).length === 0 ? undefined : filters;
}

async function listItems(
  { api, output }: CliSession,
  { report }: FoundSweep,
  { filters, format }: { filters: ItemFilters; format: OutputFormat },
): Promise<number> {
  const list = createRecordList({ output, format, table: ITEM_TABLE });
  let count = 0;
  for await (const item of sweepItems(api, { sweepId: report.id, filters })) {
    count++;
    await list.add(item);
  }
  list.end();
  if (count === 0) output.note('no item passes these filters');
  return EXIT.ok;
}

async function printHeader(
  { api, output }: CliSession,
  loaded: FoundSweep,
  state: SweepState,
): Promise<void> {
  const { view, runs } = loaded;
  const { name, target, schedule, timezone, jitter, overlap, catchup, validity, paused, checks, lastrun } =
    view;
  output.answer(`sweep ${name}${paused ? ' (paused)' : ''}: ${countOf(checks, 'check')}`, 'bold');
  output.answer(`  target    ${target}`);
  output.answer(
    `  schedule  ${schedule.join(' and ')} ${timezone}, overlap ${overlap}, jitter ${span(jitter)}, catch-up ${span(catchup)}, validity ${span(validity)}`,
  );
  output.answer(`  signed    ${signedUntil(view)}`);
  for (const line of lostLines(view)) output.answer(`            ${line}`);
  output.answer(`  next run  ${await nextLine(api, loaded)}`);
  if (lastrun !== null) printRun(output, '  last run  ', lastrun);
  else output.answer(`  last run  none yet: mig sweep trigger ${shellWord(name)} signs one for now`);
  output.answer(`  items     ${itemsLine(state)}`);
  const [, before] = runs;
  if (before !== undefined) output.answer(`  trend     against ${runName(before)}`);
}

function span(ms: number): string {
  return goDuration(BigInt(ms) * 1_000_000n);
}

async function matrix(
  { api, output }: CliSession,
  { loaded, state, by }: { loaded: FoundSweep; state: SweepState; by: (typeof MATRICES)[number] },
): Promise<string[]> {
  const { report, runs } = loaded;
  if (by !== 'endpoint') {
    return matrixLines(checkRows({ checks: report.checks, state, before: runs[1] }, by), by);
  }
  const { endpoints } = await api.call(listSweepEndpoints, { sweepid: report.id, limit: MAX_ENDPOINTS + 1 });
  if (endpoints.length > MAX_ENDPOINTS) {
    output.note(
      `these are the ${MAX_ENDPOINTS} endpoints with most failures; -agent <name> shows one, mig sweep export all`,
    );
  }
  return matrixLines(endpointRows(endpoints.slice(0, MAX_ENDPOINTS)), by);
}
