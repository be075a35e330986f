import type { z } from 'zod';
import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import type { ApiClient } from './api-client.ts';

/** The records that people know by a name. */
type NamedKind = 'investigator' | 'loader' | 'manifest';

/** The most names that a misspelt one is compared with. */
const MAX_NAMES = 1_000;

interface Wanted<Schema extends z.ZodType> {
  kind: NamedKind;
  /** An id, a name, or the fingerprint of an investigator. */
  word: string;
  schema: Schema;
}

/** Reads the record with this id, name or fingerprint. Refuses a name that several have, with their ids. */
export async function findRecord<Schema extends z.ZodType>(
  api: Pick<ApiClient, 'get' | 'search'>,
  { kind, word, schema }: Wanted<Schema>,
): Promise<z.output<Schema>> {
  const id = /^\d+$/.test(word) ? word : await idOf(api, kind, word);
  return readRecord(kind, schema, await api.get(`${kind}?${kind}id=${id}`));
}

/** Throws `unavailable` with the text that the API sent instead. */
export function readRecord<Schema extends z.ZodType>(
  kind: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const record = schema.safeParse(value);
  if (record.success) return record.data;
  throw new MigError('unavailable', `the API sent a ${kind} of unknown shape: ${JSON.stringify(value)}`);
}

/** The ids of the records with this name, or fingerprint. */
export async function findNamed(
  api: Pick<ApiClient, 'search'>,
  kind: NamedKind,
  word: string,
): Promise<number[]> {
  const isFingerprint = kind === 'investigator' && /^[0-9A-Fa-f]{40}$/.test(word);
  const pattern = isFingerprint ? '%' : patternOf(word);
  const ids: number[] = [];
  for await (const record of api.search({ type: kind, [`${kind}name`]: pattern })) {
    const { id, name, pgpfingerprint } = record as Partial<Named>;
    const isIt = isFingerprint ? pgpfingerprint === word.toUpperCase() : name === word;
    if (isIt && typeof id === 'number') ids.push(id);
  }
  return ids;
}

async function idOf(api: Pick<ApiClient, 'search'>, kind: NamedKind, word: string): Promise<number> {
  const ids = await findNamed(api, kind, word);
  const [only, second] = ids;
  if (only === undefined) throw await notFound(api, kind, word);
  if (second === undefined) return only;
  throw new MigError(
    'usage',
    `${ids.length} ${kind}s are named ${JSON.stringify(word)}: give an id, one of ${ids.join(', ')}`,
  );
}

interface Named {
  id: unknown;
  name: unknown;
  pgpfingerprint: unknown;
}

/** A pattern of the API that matches the name: `_` stands for one character, whichever it is. */
function patternOf(name: string): string {
  return name.replace(/[\\%*+]/g, '_');
}

async function notFound(api: Pick<ApiClient, 'search'>, kind: NamedKind, word: string): Promise<MigError> {
  const names: string[] = [];
  for await (const record of api.search({ type: kind, [`${kind}name`]: '%' })) {
    const { name } = record as Partial<Named>;
    if (typeof name === 'string') names.push(name);
    if (names.length >= MAX_NAMES) break;
  }
  return new MigError('not_found', `there is no ${kind} ${JSON.stringify(word)}${didYouMean(word, names)}`);
}
