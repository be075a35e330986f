import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityDeps } from '../activities/create-activities.ts';
import { reject, rejectionOf } from '../activities/rejections.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import {
  clearSuspects,
  noteAttempt,
  noteSuspects,
  takeBackNotes,
} from '../platform/postgres/queries/suspects.ts';
import type { Delivery } from '../platform/rabbitmq/consume.ts';

/** So many workers may end while they handle a body alone. */
const MAX_DEATHS = 2;
const TAKE_BACK_EVERY_MS = 1_000;

export interface GuardOptions extends Pick<ActivityDeps, 'pool' | 'log'> {
  /** The name of this process's sessions in Postgres. */
  worker: string;
  queue: string;
  maxMessageBytes: number;
  tooLarge: (bytes: number) => MigError;
  /** Aborted when this process ends: nothing waits after that. */
  signal: AbortSignal;
  handle: (bodies: Buffer[]) => Promise<void>;
}

/**
 * Handles a batch so that no body ends workers for ever. Those that come for the first time cost nothing more. Those that
 * come again are noted in Postgres before they are handled; those that were noted before, since whoever noted them did not
 * come back, are handled each alone; and one that ended two workers so is recorded and dropped.
 */
export async function guardBatch(guarding: GuardOptions, deliveries: readonly Delivery[]): Promise<void> {
  const { maxMessageBytes, handle } = guarding;
  const fitting = deliveries.filter(({ bytes }) => bytes <= maxMessageBytes);
  await refuseTooLarge(
    guarding,
    deliveries.filter(({ bytes }) => bytes > maxMessageBytes),
  );
  const fresh = fitting.filter(({ isRedelivered }) => !isRedelivered);
  if (fresh.length > 0) await handle(fresh.map(({ body }) => body));
  const again = fitting.filter(({ isRedelivered }) => isRedelivered);
  if (again.length > 0) {
    await handleAgain(
      guarding,
      again.map(({ body }) => body),
    );
  }
}

async function refuseTooLarge(guarding: GuardOptions, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await reject(
    guarding,
    deliveries.map(({ bytes }) => {
      const error = guarding.tooLarge(bytes);
      return rejectionOf(error, { queue: guarding.queue, code: error.code });
    }),
  );
}

async function handleAgain(guarding: GuardOptions, bodies: readonly Buffer[]): Promise<void> {
  const { pool, queue } = guarding;
  const byDigest = new Map(
    bodies.map((body) => [createHash('sha256').update(body).digest('hex'), body] as const),
  );
  const suspects = await noteSuspects(pool, { queue, digests: [...byDigest.keys()] });
  const deaths = new Map(suspects.map((suspect) => [suspect.digest, suspect.deaths]));
  const together = [...byDigest].filter(([digest]) => !deaths.has(digest));
  if (together.length > 0) await handleNoted(guarding, together);
  for (const [digest, count] of deaths) {
    const body = byDigest.get(digest);
    if (body === undefined) continue;
    if (count >= MAX_DEATHS) await refuseDeadly(guarding, digest);
    else {
      await noteAttempt(pool, { queue, digest, worker: guarding.worker });
      await handleNoted(guarding, [[digest, body]]);
    }
  }
}

/** Its note stays: should it come again, nobody tries. */
async function refuseDeadly(guarding: GuardOptions, digest: string): Promise<void> {
  const error = new MigError(
    'message_deadly',
    `${MAX_DEATHS} workers ended while they handled it: ${digest}`,
  );
  await reject(guarding, [rejectionOf(error, { queue: guarding.queue, code: error.code })]);
}

async function handleNoted(
  guarding: GuardOptions,
  noted: readonly (readonly [digest: string, body: Buffer])[],
): Promise<void> {
  const digests = noted.map(([digest]) => digest);
  try {
    await guarding.handle(noted.map(([, body]) => body));
  } catch (error) {
    await takeBack(guarding, digests);
    throw error;
  }
  await clearSuspects(guarding.pool, digests);
}

/** A worker that is still there ended nothing: no other may believe so, however long the database is away. */
async function takeBack(
  { pool, log, worker, signal }: GuardOptions,
  digests: readonly string[],
): Promise<void> {
  for (;;) {
    try {
      await takeBackNotes(pool, { digests, worker });
      return;
    } catch (error) {
      log.warn({ error: errorMessage(error) }, 'notes not taken back');
    }
    if (signal.aborted) return;
    await sleep(TAKE_BACK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
