import { gunzipSync } from 'node:zlib';
import type { Operation } from '../contract/action.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { parseStrictJson } from '../contract/rules/strict-json.ts';
import { decodeUtf8 } from '../contract/rules/utf8.ts';

const MAX_PARAMETERS_BYTES = 16 * 1024 * 1024;

/** The parameters that an agent will read, inflated when they are compressed. */
export function readParameters({ parameters, is_compressed: isCompressed }: Operation): unknown {
  if (!isCompressed) return parameters;
  try {
    const bytes = Buffer.from(String(parameters), 'base64');
    return parseStrictJson(decodeUtf8(gunzipSync(bytes, { maxOutputLength: MAX_PARAMETERS_BYTES })));
  } catch (cause) {
    throw new MigError('parameters_invalid', `compressed parameters: ${errorMessage(cause)}`, { cause });
  }
}
