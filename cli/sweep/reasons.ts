import { listSweepReasons } from '../../contract/api/sweeps.ts';
import type { SweepReasonView } from '../../contract/sweep/item.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { ApiClient } from '../api/api-client.ts';

const MAX_LOADED = 100;
const MAX_LINES = 10;

/** Why items of a sweep are undecided, the most frequent reason first. */
export async function loadReasons(api: ApiClient, sweepId: number): Promise<SweepReasonView[]> {
  return (await api.call(listSweepReasons, { sweepid: sweepId, limit: MAX_LOADED })).reasons;
}

/** The most frequent reasons as lines; none when all items are decided. `name` is the sweep's on a command line. */
export function reasonLines(reasons: readonly SweepReasonView[], name: string): string[] {
  if (reasons.length === 0) return [];
  const lines = ['', 'not decided:', ...reasons.slice(0, MAX_LINES).map(reasonLine)];
  if (reasons.length <= MAX_LINES) return lines;
  return [...lines, `  … mig sweep show ${name} -status error,unknown,notchecked lists all`];
}

/** Items of a run before reasons were recorded have none. */
function reasonLine({ status, reason, items, endpoints, agent, check }: SweepReasonView): string {
  const where = endpoints === 1 ? agent : `${countOf(endpoints, 'endpoint')} such as ${agent}`;
  const what = items === 1 ? check : `${countOf(items, 'item')} such as ${check}`;
  return `  ${[status, what, `on ${where}`, reason ?? 'no reason recorded'].join('  ')}`;
}
