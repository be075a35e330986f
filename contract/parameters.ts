import { gunzipSync } from 'node:zlib';
import type { Operation } from './action.ts';
import { MigError } from './errors.ts';
import { parseStrictData } from './go/strict-json.ts';
import { decodeUtf8 } from './text/utf8.ts';

const MAX_INFLATED_BYTES = 8 * 1024 * 1024;

/** The parameters as the module sees them, inflated if they are compressed; throws MigError. */
export function inflateParameters({ parameters, is_compressed }: Operation): unknown {
  if (!is_compressed) return parameters;
  if (typeof parameters !== 'string')
    throw new MigError('parameters_invalid', 'Compressed parameter was not a string');
  try {
    const json = gunzipSync(Buffer.from(parameters, 'base64'), { maxOutputLength: MAX_INFLATED_BYTES });
    return parseStrictData(decodeUtf8(json));
  } catch (cause) {
    throw new MigError('parameters_invalid', 'compressed parameters cannot be expanded', { cause });
  }
}
