import { z } from 'zod';
import { errorCode } from '../../contract/errors.ts';
import { UPGRADE_STEPS } from '../../contract/rules/upgrade-steps.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { openWithId } from './status.ts';

const counts = z.record(z.string(), z.number()).default({});

const Summary = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  reason: z.string().nullable().default(null),
  paused: z.boolean().default(false),
  open: counts,
  finished: counts,
});

const Record = z.object({
  name: z.string(),
  step: z.string(),
  stepat: z.string(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  oldversion: z.string().nullable(),
  toversion: z.string().nullable(),
});

const PAGE = 1000;

/** `mig upgrade status <id>`: where the agents stand; of those that are not done, each with its step. */
export async function upgradeStatusCommand(args: readonly string[]): Promise<number> {
  const { session, id } = await openWithId(args, 'upgrade status', ['show', 'json']);
  return printUpgradeStatus(session, id);
}

type Printing = Pick<CliSession, 'api' | 'output' | 'options'>;

/** The same, of an upgrade that may not have begun on any agent. */
export async function printUpgrade(printing: Printing, id: string): Promise<number> {
  try {
    return await printUpgradeStatus(printing, id);
  } catch (error) {
    if (errorCode(error) === 'not_found') return EXIT.ok;
    throw error;
  }
}

async function printUpgradeStatus({ api, output, options }: Printing, id: string): Promise<number> {
  const isAll = options.show === 'all' || options.json;
  const page = (offset: number) =>
    api.list(`upgrade?actionid=${id}&all=${isAll}&limit=${PAGE}&offset=${offset}`);
  const first = await page(0);
  const summary = Summary.parse(first.find(({ name }) => name === 'upgrade')?.value);
  const records: unknown[] = [];
  for (let items = first; ; items = await page(records.length)) {
    const more = items.filter(({ name }) => name === 'record').map(({ value }) => value);
    records.push(...more);
    if (more.length < PAGE) break;
  }
  if (options.json) {
    output.json(JSON.stringify({ ...summary, records }));
    return statusOf(summary);
  }
  const paused = summary.paused ? ' (paused)' : '';
  const reason = summary.reason === null ? '' : ` (${summary.reason})`;
  output.answer(`upgrade ${summary.id}: ${summary.status}${paused}${reason}`, 'bold');
  for (const step of UPGRADE_STEPS) {
    const count = summary.open[step];
    if (count) output.answer(`  ${step.padEnd(26)} ${count}`);
  }
  for (const [outcome, count] of Object.entries(summary.finished)) {
    output.answer(`  ${outcome.padEnd(26)} ${count}`, outcome === 'done' ? 'green' : 'red');
  }
  for (const record of records) output.answer(recordLine(record));
  return statusOf(summary);
}

function recordLine(value: unknown): string {
  const record = Record.safeParse(value);
  if (!record.success) return `record of unknown shape: ${JSON.stringify(value)}`;
  const { name, step, stepat, outcome, reason, oldversion, toversion } = record.data;
  const versions = `${oldversion ?? '?'} to ${toversion ?? '?'}`;
  const why = reason === null ? '' : `: ${reason}`;
  const state = outcome === null || outcome === 'done' ? step : `${outcome} at "${step}"`;
  return `${name}  ${state} since ${stepat.slice(0, 19)}Z  ${versions}${why}`;
}

/** As for other actions: something to look at is not 0. */
function statusOf({ finished }: z.infer<typeof Summary>): number {
  return (finished.failed ?? 0) + (finished.lingering ?? 0) > 0 ? EXIT.incomplete : EXIT.ok;
}
