import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityDeps } from '../activities/deps.ts';
import { reject, rejectionOf } from '../activities/rejections.ts';
import { sha256Hex } from '../contract/digest.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import {
  clearSuspects,
  findSuspects,
  recordAttempt,
  recordSuspects,
  withdrawAttempts,
} from '../platform/postgres/queries/suspects.ts';
import type { Delivery } from '../platform/rabbitmq/consume.ts';

/** So many workers may end while they handle a body alone. */
const MAX_DEATHS = 2;
/** After a restart of Postgres no worker has a session for a moment; one that has none for so long is dead. */
const GONE_FOR_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
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
 * come back, are handled each alone; and one that ended two workers so is recorded and dropped, once they have been gone
 * for a while.
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
  const byDigest = new Map(bodies.map((body) => [sha256Hex(body), body] as const));
  const suspects = await recordSuspects(pool, { queue, digests: [...byDigest.keys()] });
  const isNoted = new Set(suspects.map(({ digest }) => digest));
  const together = [...byDigest].filter(([digest]) => !isNoted.has(digest));
  if (together.length > 0) await handleNoted(guarding, together);
  const alone = suspects.filter(({ deaths }) => deaths < MAX_DEATHS).map(({ digest }) => digest);
  for (const digest of alone) await handleAlone(guarding, digest, byDigest);
  const feared = suspects.filter(({ deaths }) => deaths >= MAX_DEATHS).map(({ digest }) => digest);
  const deadly = await whoseWorkersStayGone(guarding, feared);
  for (const digest of feared) {
    if (deadly.includes(digest)) await refuseDeadly(guarding, digest);
    else await handleAlone(guarding, digest, byDigest);
  }
}

async function handleAlone(
  guarding: GuardOptions,
  digest: string,
  bodies: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const body = bodies.get(digest);
  if (body === undefined) return;
  await recordAttempt(guarding.pool, { queue: guarding.queue, digest, worker: guarding.worker });
  await handleNoted(guarding, [[digest, body]]);
}

/** Those of the bodies whose workers have no session each time that somebody looks: a good message must not be dropped. */
async function whoseWorkersStayGone(
  { pool, signal }: GuardOptions,
  digests: readonly string[],
): Promise<readonly string[]> {
  const until = performance.now() + GONE_FOR_MS;
  let feared = digests;
  while (feared.length > 0 && performance.now() < until) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    const suspects = await findSuspects(pool, feared);
    feared = suspects.filter(({ deaths }) => deaths >= MAX_DEATHS).map(({ digest }) => digest);
  }
  return feared;
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
      await withdrawAttempts(pool, { digests, worker });
      return;
    } catch (error) {
      log.warn({ error: errorMessage(error) }, 'notes not taken back');
    }
    if (signal.aborted) return;
    await sleep(TAKE_BACK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
