import { MigError } from '../../contract/errors.ts';

/** The number of records that a command may print. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new MigError('usage', '-limit must be a whole number, 1 or more');
}
