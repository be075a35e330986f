import type { Given } from '../../client/client.ts';
import { listSweepItems } from '../../contract/api/sweeps.ts';
import type { ComplianceItem } from '../../contract/sweep/item.ts';
import type { ApiClient } from '../api/api-client.ts';
import { shownStatus } from '../records/sweep-tables.ts';

/** The filters of the items of a sweep. */
export type ItemFilters = Omit<
  Given<typeof listSweepItems>,
  'sweepid' | 'name' | 'afterqueueloc' | 'aftercheck' | 'limit'
>;

const PAGE = 2_000;

/** The items of a sweep by endpoint and check, page by page: any number takes the memory of one page. */
export async function* sweepItems(
  api: ApiClient,
  { sweepId, filters = {} }: { sweepId: number; filters?: ItemFilters },
): AsyncGenerator<ComplianceItem> {
  let after: { afterqueueloc?: string; aftercheck?: string } = {};
  while (true) {
    const given = { sweepid: sweepId, ...filters, ...after, limit: PAGE };
    const { items: page } = await api.call(listSweepItems, given);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { afterqueueloc: last.queueloc, aftercheck: last.check };
  }
}

/** One line about an item. */
export function itemLine(item: ComplianceItem): string {
  const { agent, check, status, reason, waiver, since, firstfailedrun, level } = item;
  const parts = [agent, check, shownStatus(item)];
  if (level !== '') parts.push(level);
  if (reason !== null) parts.push(reason);
  if (since !== null && item.verdict === status) parts.push(`since ${since}`);
  if (firstfailedrun !== null && status === 'fail') parts.push(`first failed in run ${firstfailedrun}`);
  if (waiver !== null) parts.push(`until ${waiver.until} by ${waiver.by}: ${waiver.why}`);
  return parts.join('  ');
}
