import { type ErrorCode, errorMessage, MigError } from '../contract/errors.ts';
import { type Rejection, recordRejections } from '../platform/postgres/queries/rejections.ts';
import type { ActivityDeps } from './deps.ts';

/** Records dropped messages for the operator, in the log and in the table `rejections`. */
export async function reject(
  { pool, log }: Pick<ActivityDeps, 'pool' | 'log'>,
  rejections: readonly Rejection[],
): Promise<void> {
  for (const { queue, code, commandId, message } of rejections) {
    log.warn({ queue, code, commandId, reason: message }, 'message refused');
  }
  await recordRejections(pool, rejections);
}

const MAX_MESSAGE = 1024;

/** The record of an error; `code` is for errors without a code of ours. */
export function rejectionOf(
  error: unknown,
  { queue, code, commandId }: { queue: string; code: ErrorCode; commandId?: number | undefined },
): Rejection {
  return {
    queue,
    code: error instanceof MigError ? error.code : code,
    message: errorMessage(error).slice(0, MAX_MESSAGE),
    commandId,
  };
}
