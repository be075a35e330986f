import { getUpgrade } from '../../contract/api/upgrades.ts';
import type { UpgradeRecordView, UpgradeView } from '../../contract/api-responses.ts';
import { errorCode } from '../../contract/errors.ts';
import { UPGRADE_STEPS } from '../../contract/rules/upgrade-protocol.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import type { Output } from '../terminal/output.ts';

const PAGE = 1000;

/** The progress of an upgrade: its counts, and the requested records of agents. */
export interface Upgrade extends UpgradeView {
  records: UpgradeRecordView[];
}

type Loading = Pick<CliSession, 'api' | 'options'>;

/** As `loadUpgrade`; undefined when the upgrade has no records yet. */
export async function findUpgrade(loading: Loading, id: number): Promise<Upgrade | undefined> {
  try {
    return await loadUpgrade(loading, id);
  } catch (error) {
    if (errorCode(error) === 'not_found') return undefined;
    throw error;
  }
}

export async function loadUpgrade({ api, options }: Loading, actionid: number): Promise<Upgrade> {
  const isAll = options.show === 'all' || options.json;
  const records: UpgradeRecordView[] = [];
  while (true) {
    const page = await api.call(getUpgrade, { actionid, all: isAll, limit: PAGE, offset: records.length });
    records.push(...page.records);
    if (page.records.length < PAGE) return { ...page.upgrade, records };
  }
}

export function printUpgrade(output: Output, upgrade: Upgrade): void {
  const paused = upgrade.paused ? ' (paused)' : '';
  const reason = upgrade.reason === null ? '' : ` (${upgrade.reason})`;
  output.answer(`upgrade ${upgrade.id}: ${upgrade.status}${paused}${reason}`, 'bold');
  for (const step of UPGRADE_STEPS) {
    const count = upgrade.open[step];
    if (count) output.answer(`  ${step.padEnd(26)} ${count}`);
  }
  for (const [outcome, count] of Object.entries(upgrade.finished)) {
    output.answer(`  ${outcome.padEnd(26)} ${count}`, outcome === 'done' ? 'green' : 'red');
  }
  for (const record of upgrade.records) output.answer(recordLine(record));
}

function recordLine(record: UpgradeRecordView): string {
  const { name, step, stepat, outcome, reason, oldversion, toversion } = record;
  const versions = `${oldversion ?? '?'} to ${toversion ?? '?'}`;
  const why = reason === null ? '' : `: ${reason}`;
  const state = outcome === null || outcome === 'done' ? step : `${outcome} at "${step}"`;
  return `${name}  ${state} since ${stepat.slice(0, 19)}Z  ${versions}${why}`;
}

/** As for other actions, an agent that is not done has failed, or has not answered yet. */
export function exitCodeOfUpgrade({ open, finished }: Pick<Upgrade, 'open' | 'finished'>): number {
  const { done: _, ...others } = finished;
  return [...Object.values(open), ...Object.values(others)].some((count) => count > 0)
    ? EXIT.incomplete
    : EXIT.ok;
}
