import { Context } from '@temporalio/activity';
import { TASK_QUEUE_BULK } from '../contract/names.ts';
import type { Urgency } from '../platform/rabbitmq/publish.ts';

const HEARTBEAT_MS = 2_000;

/** One attempt of an activity that pages through commands in id order. */
export interface PagingAttempt {
  urgency: Urgency;
  /** The last id that is done: a retry begins after it. Whoever pages moves it on. */
  progress: { after: number };
  /** Aborted when the attempt was given up. */
  signal: AbortSignal;
}

/** Runs an activity that pages, with heartbeats that carry its progress: a page may take longer than one may be missing. */
export async function withHeartbeat<T>(work: (attempt: PagingAttempt) => Promise<T>): Promise<T> {
  const context = Context.current();
  const progress = { after: (context.info.heartbeatDetails as number | undefined) ?? 0 };
  const urgency = context.info.taskQueue === TASK_QUEUE_BULK ? 'bulk' : 'interactive';
  const beat = setInterval(() => context.heartbeat(progress.after), HEARTBEAT_MS);
  try {
    return await work({ urgency, progress, signal: context.cancellationSignal });
  } finally {
    clearInterval(beat);
  }
}
