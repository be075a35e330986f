import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SEARCH_TYPES } from '../../contract/api/search.ts';
import { printable } from '../../contract/text/printable.ts';
import type { ApiClient } from '../api/api-client.ts';
import { homeFolder } from '../home-folder.ts';
import type { RecordType } from '../search/search-filters.ts';
import type { Known } from './order.ts';

/** The ids of each type that completion offers. */
const MAX_IDS = 200;
const MAX_FILES = 200;

/** The ids in what the API has sent to this console. */
export interface SeenIds {
  add(type: RecordType, record: unknown): void;
  ids(type: RecordType): readonly string[];
}

/** Keeps the newest ids of each type. */
export function createSeenIds(): SeenIds {
  const seen = new Map<RecordType, Set<string>>();
  const addId = (type: RecordType, id: unknown) => {
    if (!Number.isSafeInteger(id)) return;
    const ids = seen.get(type) ?? new Set();
    seen.set(type, ids);
    ids.delete(String(id));
    ids.add(String(id));
    const [oldest] = ids;
    if (ids.size > MAX_IDS && oldest !== undefined) ids.delete(oldest);
  };
  return {
    add(type, record) {
      const { id, action, agent } = (record ?? {}) as { id?: unknown; action?: WithId; agent?: WithId };
      addId(type, id);
      if (type !== 'command') return;
      addId('action', action?.id);
      addId('agent', agent?.id);
    },
    ids: (type) => [...(seen.get(type) ?? [])].reverse(),
  };
}

type WithId = { id?: unknown } | null | undefined;

/** A client whose records are remembered by their ids. */
export function rememberIds(api: ApiClient, seen: SeenIds): ApiClient {
  return {
    ...api,
    async call(route, given, options) {
      const answered = await api.call(route, given, options);
      remember(seen, answered);
      return answered;
    },
    async *search(type, filters, limits) {
      for await (const record of api.search(type, filters, limits)) {
        seen.add(type, record);
        yield record;
      }
    },
  };
}

/** The records of an answer are below the names of their types. */
function remember(seen: SeenIds, answered: unknown): void {
  if (typeof answered !== 'object' || answered === null) return;
  for (const [key, value] of Object.entries(answered)) {
    const type = SEARCH_TYPES.find((one) => key === one || key === `${one}s`);
    if (type !== undefined) for (const record of [value].flat()) seen.add(type, record);
  }
}

export function createKnown(seen: SeenIds, macros: readonly string[]): Known {
  return { ids: seen.ids, macros, files: filesFrom };
}

/** The files and folders that begin with a path; folders end with a slash. Names that a terminal would obey are left out. */
function filesFrom(path: string): string[] {
  const folder = path.endsWith('/') ? path : path.includes('/') ? `${dirname(path)}/` : '';
  const start = path.slice(folder.length === 0 ? 0 : path.lastIndexOf('/') + 1);
  try {
    return readdirSync(expandHome(folder === '' ? '.' : folder), { withFileTypes: true })
      .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
      .filter(({ name }) => printable(name) === name && !/[\s'"]/.test(name))
      .slice(0, MAX_FILES)
      .map(
        (entry) =>
          `${path.slice(0, path.length - start.length)}${entry.name}${entry.isDirectory() ? '/' : ''}`,
      );
  } catch {
    return [];
  }
}

/** A shell expands `~/` before a program sees it; here nobody else does. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homeFolder(), path.slice(1)) : path;
}
