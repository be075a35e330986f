import type { ErrorCode } from '../contract/errors.ts';

/** The code of an error of the API. MIG's own API sends an id instead of a code: then the status decides. */
export function codeOf(status: number, code: unknown): ErrorCode {
  if (typeof code === 'string' && /^[a-z]+(_[a-z]+)*$/.test(code) && code !== 'usage')
    return code as ErrorCode;
  if (status === 401) return 'unauthorized';
  if (status === 404) return 'not_found';
  return status >= 500 ? 'unavailable' : 'parameter_invalid';
}
