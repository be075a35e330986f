import { ComplianceItem } from '../../contract/sweep/item.ts';
import type { ApiClient } from '../api/api-client.ts';

const PAGE = 2_000;

/** The items of a sweep by endpoint and check, page by page: any number takes the memory of one page. */
export async function* sweepItems(
  api: ApiClient,
  { sweepId, query = {} }: { sweepId: number; query?: Record<string, string> },
): AsyncGenerator<ComplianceItem> {
  let after: Record<string, string> = {};
  while (true) {
    const params = new URLSearchParams({ sweepid: String(sweepId), ...query, ...after, limit: String(PAGE) });
    const items = await api.list(`sweep/items?${params}`);
    const page = items.map(({ value }) => ComplianceItem.parse(value));
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { afterqueueloc: last.queueloc, aftercheck: last.check };
  }
}

/** One line about an item: `waived(fail)` is a failure that somebody accepted. */
export function itemLine(item: ComplianceItem): string {
  const { agent, check, status, reason, waiver, since, firstfailedrun, level } = item;
  const parts = [agent, check, waiver === null ? status : `waived(${status})`];
  if (level !== '') parts.push(level);
  if (reason !== null) parts.push(reason);
  if (since !== null && item.verdict === status) parts.push(`since ${since}`);
  if (firstfailedrun !== null && status === 'fail') parts.push(`first failed in run ${firstfailedrun}`);
  if (waiver !== null) parts.push(`until ${waiver.until} by ${waiver.by}: ${waiver.why}`);
  return parts.join('  ');
}
