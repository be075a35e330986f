import { parseStrictJson } from '../../contract/go/strict-json.ts';
import { EMPTY_RESULT, ModuleResult } from '../../contract/module-result.ts';
import type { ModuleExit } from './module-process.ts';

/** The outcome of one operation, successful or not. */
export interface Outcome {
  status: 'success' | 'failed' | 'timeout' | 'cancelled';
  result: ModuleResult;
}

export const CANCELLED_BY_PLATFORM = 'cancelled by the platform';

/** A module that fails may print a long trace on stderr. */
const MAX_STDERR_LINES = 5;

export function failure(status: Exclude<Outcome['status'], 'success'>, error: string): Outcome {
  return { status, result: { ...EMPTY_RESULT, errors: [error] } };
}

/** The outcome of a module that ended by itself. */
export function outcomeOf(
  module: string,
  { code, signal, stdout, stderr }: ModuleExit,
  { mask }: { mask: boolean },
): Outcome {
  if (code !== 0) {
    const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
    const why = explain(stderr.trim(), mask);
    return failure('failed', `runModule() -> module '${module}' ended with ${how}${why}`);
  }
  try {
    return { status: 'success', result: ModuleResult.parse(parseStrictJson(stdout)) };
  } catch {
    return failure('failed', `runModule() -> module '${module}' printed no result`);
  }
}

/** A trace names paths of the machine and its users. With extra privacy the answer says only that there was one. */
function explain(complaint: string, mask: boolean): string {
  if (complaint === '') return '';
  if (mask) return ': its error output is masked';
  return `: ${complaint.split('\n').slice(-MAX_STDERR_LINES).join('\n')}`;
}
