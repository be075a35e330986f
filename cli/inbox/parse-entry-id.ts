import { MigError } from '../../contract/errors.ts';

/** The id of an entry, as `mig inbox` prints it. */
export function parseEntryId(text: string | undefined, usage: string): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw new MigError(
    'usage',
    `${usage}; ${JSON.stringify(text)} is not the id of an entry: mig inbox lists them`,
  );
}
