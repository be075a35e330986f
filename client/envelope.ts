import { Envelope } from '../contract/api-responses.ts';
import { MigError } from '../contract/errors.ts';
import { printable } from '../contract/text/printable.ts';
import { codeOf } from './error-code.ts';

type Collection = Envelope['collection'];

/**
 * Reads Collection+JSON. Throws an error of the API as MigError with the API's own code, on one line, and `not_found` for a
 * 404 without the envelope: no such route, or no such key.
 */
export async function readEnvelope(response: Response, accepted: number[] = []): Promise<Collection> {
  const { ok, status } = response;
  let collection: Collection;
  try {
    collection = Envelope.parse(JSON.parse(await response.text())).collection;
  } catch (cause) {
    const code = status === 404 ? 'not_found' : 'unavailable';
    const location = status >= 300 && status < 400 ? response.headers.get('location') : null;
    const where = location === null ? '' : `, and redirects to ${printable(location).slice(0, 200)}`;
    throw new MigError(code, `the API answered ${status} with something other than its envelope${where}`, {
      cause,
    });
  }
  if (ok || accepted.includes(status)) return collection;
  const { code, message } = collection.error;
  const suffix = typeof code === 'string' || typeof code === 'number' ? ` (${code})` : '';
  throw new MigError(codeOf(status, code), printable(`${message ?? status}${suffix}`));
}
