import type { ErrorCode } from '../errors.ts';
import type { Route } from './route.ts';

/** The errors that every route may answer. */
const COMMON: readonly ErrorCode[] = [
  'parameter_invalid',
  'nul_character',
  'overloaded',
  'unavailable',
  'internal',
];
const WITH_CREDENTIALS: readonly ErrorCode[] = ['unauthorized', 'rate_limited'];
const WITH_BODY: readonly ErrorCode[] = ['body_too_large', 'body_incomplete', 'request_timeout'];
const WITH_PARAMETERS: readonly ErrorCode[] = ['body_not_utf8'];
const WITH_JSON: readonly ErrorCode[] = ['json_invalid', 'json_too_deep', 'json_duplicate_key'];

/** The codes of all errors that a route may answer. */
export function errorsOf({ access, method, parameters, errors = [] }: Route): ErrorCode[] {
  const hasParameters = Object.keys(parameters.shape).length > 0;
  const codes = [
    ...COMMON,
    ...(access === 'anybody' ? [] : WITH_CREDENTIALS),
    ...(method === 'POST' ? WITH_BODY : []),
    ...(hasParameters ? WITH_PARAMETERS : []),
    ...(method === 'POST' && hasParameters ? WITH_JSON : []),
    ...errors,
  ];
  return [...new Set(codes)];
}
