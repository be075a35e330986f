import type { SearchFilters } from '../../client/client.ts';
import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import type { ApiClient } from './api-client.ts';

/** The records that people know by a name. */
type NamedKind = 'agent' | 'investigator' | 'loader' | 'manifest';

/** The most names that a misspelt one is compared with. */
const MAX_NAMES = 1_000;
/** The most records that are listed where several have one name: a cloned machine can be thousands. */
const MAX_LISTED = 20;

interface Wanted {
  kind: NamedKind;
  /** An id, a name, or the fingerprint of an investigator. */
  word: string;
}

/** The id of the record with this id, name or fingerprint. Refuses a name that several have, with their ids. */
export async function findRecordId(api: Pick<ApiClient, 'search'>, { kind, word }: Wanted): Promise<number> {
  if (/^\d+$/.test(word)) return Number(word);
  const found = await findNamed(api, kind, word);
  const [only, second] = found;
  if (only === undefined) throw await notFound(api, kind, word);
  if (second === undefined) return only.id;
  const listed = found.slice(0, MAX_LISTED).map(({ id, status }) => (status ? `${id} (${status})` : id));
  const rest = found.length - listed.length;
  throw new MigError(
    'usage',
    `${found.length} ${kind}s are named ${JSON.stringify(word)}: give an id, one of ${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  );
}

interface Named {
  id: number;
  /** Loaders have none. */
  status: string | undefined;
}

/** The records with this name, or fingerprint. */
export async function findNamed(
  api: Pick<ApiClient, 'search'>,
  kind: NamedKind,
  word: string,
): Promise<Named[]> {
  const isFingerprint = kind === 'investigator' && /^[0-9A-Fa-f]{40}$/.test(word);
  const pattern = isFingerprint ? '%' : patternOf(word);
  const found: Named[] = [];
  for await (const record of api.search(kind, filterOf(kind, pattern))) {
    const isIt = isFingerprint
      ? 'pgpfingerprint' in record && record.pgpfingerprint === word.toUpperCase()
      : record.name === word;
    if (isIt) found.push({ id: record.id, status: 'status' in record ? String(record.status) : undefined });
  }
  return found;
}

function filterOf(kind: NamedKind, pattern: string): SearchFilters {
  switch (kind) {
    case 'agent':
      return { agentname: pattern };
    case 'investigator':
      return { investigatorname: pattern };
    case 'loader':
      return { loadername: pattern };
    case 'manifest':
      return { manifestname: pattern };
  }
}

/** A pattern of the API that matches the name: `_` stands for one character, whichever it is. */
function patternOf(name: string): string {
  return name.replace(/[\\%*+]/g, '_');
}

async function notFound(api: Pick<ApiClient, 'search'>, kind: NamedKind, word: string): Promise<MigError> {
  const names: string[] = [];
  for await (const { name } of api.search(kind, filterOf(kind, '%'))) {
    names.push(name);
    if (names.length >= MAX_NAMES) break;
  }
  return new MigError(
    'not_found',
    `there is no ${kind} ${JSON.stringify(word)}${didYouMean(word, names)}; mig list ${kind}s lists them`,
  );
}
