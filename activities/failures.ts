import { ApplicationFailure } from '@temporalio/common';
import { type ErrorCode, MigError } from '../contract/errors.ts';

/** What may pass when tried again later; every other MigError is the final word. */
const TEMPORARY: ReadonlySet<ErrorCode> = new Set(['unavailable', 'overloaded', 'internal']);

/** Turns our errors into Temporal's: permanent ones stop the retries, with the code as their type. */
export async function withFailures<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof MigError) || TEMPORARY.has(error.code)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: true,
      cause: error,
    });
  }
}
