import { type ErrorCode, errorCode } from '../contract/errors.ts';

export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  refused: 3,
  incomplete: 4,
  errors: 5,
  cancelled: 130,
  pipe: 141,
} as const;

/** Printed by `mig help`; docs/errors.md has the same rows. */
export const EXIT_TABLE: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done; for an action: every targeted agent answered in full, and what was found is printed'],
  [EXIT.error, 'no answer: the configuration, the key, the connection or a service failed'],
  [EXIT.usage, 'wrong usage: nothing was asked'],
  [
    EXIT.refused,
    'refused: the action, its target, a signature, a permission, an id; or the target matches no agent',
  ],
  [EXIT.incomplete, 'some agents failed or did not answer (yet), also when the action has stopped by itself'],
  [EXIT.errors, 'every agent answered, but some met errors or limits; what they left out is printed'],
  [
    EXIT.cancelled,
    'the action was cancelled, or you stopped it before it was signed or launched (Ctrl-C, or the answer no)',
  ],
  [EXIT.pipe, 'the reader of the output closed it, as head does'],
];

/** Codes that are no refusal: the same command may succeed later, or elsewhere. */
const FAILURES: readonly ErrorCode[] = [
  'config_invalid',
  'internal',
  'interrupted',
  'overloaded',
  'rate_limited',
  'request_timeout',
  'unavailable',
  'key_malformed',
];

const BY_SEVERITY: readonly number[] = [EXIT.ok, EXIT.errors, EXIT.incomplete, EXIT.cancelled, EXIT.refused];

/** The more severe of two exit codes, for the two parts of one output. */
export function worseOf(one: number, other: number): number {
  return BY_SEVERITY.indexOf(one) > BY_SEVERITY.indexOf(other) ? one : other;
}

export function exitCodeOf(error: unknown): number {
  const code = errorCode(error);
  if (code === 'usage') return EXIT.usage;
  return FAILURES.includes(code) ? EXIT.error : EXIT.refused;
}
