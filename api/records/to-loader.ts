import type { LoaderView } from '../../contract/loader.ts';
import type { LoaderRow } from '../../platform/postgres/queries/loaders.ts';

/** The record of a loader; `key` is the new one, in the response that made it. */
export function toLoader(row: LoaderRow, key = ''): LoaderView {
  return {
    id: row.id,
    name: row.loadername,
    prefix: row.keyprefix,
    key,
    agentname: row.name ?? '',
    lastseen: row.lastseen,
    enabled: row.enabled,
    expectenv: row.expectenv ?? '',
  };
}

/** The record in a list of the loaders of a manifest: as in MIG, without prefix and expectation. */
export function toListedLoader(row: LoaderRow): LoaderView {
  return { ...toLoader(row), prefix: '', expectenv: '' };
}

/** The record in a search, where a loader that was never used has the agent `unset`. */
export function toFoundLoader(row: LoaderRow): LoaderView {
  return { ...toListedLoader(row), agentname: row.name ?? 'unset' };
}
