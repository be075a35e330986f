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

/** Workers that may end while they handle a body alone. */
const MAX_DEATHS = 2;
/** After a restart of Postgres no worker has a session for a moment; one without a session for this long is dead. */
const GONE_FOR_MS = 30_000;
const POLL_EVERY_MS = 1_000;
const WITHDRAW_EVERY_MS = 1_000;

export interface GuardOptions<Handled> extends Pick<ActivityDeps, 'pool' | 'log'> {
  /** The name of this process's sessions in Postgres. */
  worker: string;
  queue: string;
  maxMessageBytes: number;
  tooLarge: (bytes: number) => MigError;
  /** Aborted when this process ends, which ends every wait. */
  signal: AbortSignal;
  handle: (bodies: Buffer[]) => Promise<Handled>;
}

/**
 * Handles a batch such that no body can kill workers for ever; returns the results of all calls of `handle`. New bodies
 * cost nothing extra. A redelivered body is noted in Postgres first. If an earlier note has no surviving worker, the body
 * is handled alone. A body that killed two workers is recorded and dropped, once both have been gone for a while.
 */
export async function guardBatch<Handled>(
  options: GuardOptions<Handled>,
  deliveries: readonly Delivery[],
): Promise<Handled[]> {
  const { maxMessageBytes, handle } = options;
  const fitting = deliveries.filter(({ bytes }) => bytes <= maxMessageBytes);
  await refuseTooLarge(
    options,
    deliveries.filter(({ bytes }) => bytes > maxMessageBytes),
  );
  const handled: Handled[] = [];
  const fresh = bodiesOf(fitting.filter(({ isRedelivered }) => !isRedelivered));
  if (fresh.length > 0) handled.push(await handle(fresh));
  const redelivered = bodiesOf(fitting.filter(({ isRedelivered }) => isRedelivered));
  if (redelivered.length > 0) handled.push(...(await handleRedelivered(options, redelivered)));
  return handled;
}

function bodiesOf(deliveries: readonly Delivery[]): Buffer[] {
  return deliveries.map(({ body }) => body);
}

type RefusalDeps = Pick<GuardOptions<unknown>, 'pool' | 'log' | 'queue' | 'tooLarge'>;

async function refuseTooLarge(options: RefusalDeps, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await reject(
    options,
    deliveries.map(({ bytes }) => {
      const error = options.tooLarge(bytes);
      return rejectionOf(error, { queue: options.queue, code: error.code });
    }),
  );
}

async function handleRedelivered<Handled>(
  options: GuardOptions<Handled>,
  bodies: readonly Buffer[],
): Promise<Handled[]> {
  const { pool, queue } = options;
  const byDigest = new Map(bodies.map((body) => [sha256Hex(body), body] as const));
  const suspects = await recordSuspects(pool, { queue, digests: [...byDigest.keys()] });
  const isSuspect = new Set(suspects.map(({ digest }) => digest));
  const handled: Handled[] = [];
  const together = [...byDigest].filter(([digest]) => !isSuspect.has(digest));
  if (together.length > 0) handled.push(await handleNoted(options, together));

  const belowLimit = suspects.filter(({ deaths }) => deaths < MAX_DEATHS);
  const atLimit = suspects.filter(({ deaths }) => deaths >= MAX_DEATHS).map(({ digest }) => digest);
  const alone = belowLimit.map(({ digest }) => digest);
  for (const digest of alone) handled.push(...(await handleAlone(options, digest, byDigest)));
  const deadly = await confirmDeadly(options, atLimit);
  for (const digest of atLimit) {
    if (deadly.includes(digest)) await refuseDeadly(options, digest);
    else handled.push(...(await handleAlone(options, digest, byDigest)));
  }
  return handled;
}

async function handleAlone<Handled>(
  options: GuardOptions<Handled>,
  digest: string,
  bodies: ReadonlyMap<string, Buffer>,
): Promise<Handled[]> {
  const body = bodies.get(digest);
  if (body === undefined) return [];
  await recordAttempt(options.pool, { queue: options.queue, digest, worker: options.worker });
  return [await handleNoted(options, [[digest, body]])];
}

/** Returns the digests whose workers stay without a session for the whole wait: no good message may be dropped. */
async function confirmDeadly(
  { pool, signal }: Pick<GuardOptions<unknown>, 'pool' | 'signal'>,
  digests: readonly string[],
): Promise<readonly string[]> {
  const until = performance.now() + GONE_FOR_MS;
  let atLimit = digests;
  while (atLimit.length > 0 && performance.now() < until) {
    await sleep(POLL_EVERY_MS, undefined, { signal });
    const suspects = await findSuspects(pool, atLimit);
    atLimit = suspects.filter(({ deaths }) => deaths >= MAX_DEATHS).map(({ digest }) => digest);
  }
  return atLimit;
}

/** Leaves the note, so that no worker tries a redelivered copy. */
async function refuseDeadly(
  options: Pick<GuardOptions<unknown>, 'pool' | 'log' | 'queue'>,
  digest: string,
): Promise<void> {
  const error = new MigError(
    'message_deadly',
    `${MAX_DEATHS} workers ended while they handled it: ${digest}`,
  );
  await reject(options, [rejectionOf(error, { queue: options.queue, code: error.code })]);
}

async function handleNoted<Handled>(
  options: GuardOptions<Handled>,
  noted: readonly (readonly [digest: string, body: Buffer])[],
): Promise<Handled> {
  const digests = noted.map(([digest]) => digest);
  let handled: Handled;
  try {
    handled = await options.handle(noted.map(([, body]) => body));
  } catch (error) {
    await withdrawNotes(options, digests);
    throw error;
  }
  await clearSuspects(options.pool, digests);
  return handled;
}

/** Retries until the notes are withdrawn: a worker that still runs was not ended by these bodies. */
async function withdrawNotes(
  { pool, log, worker, signal }: Pick<GuardOptions<unknown>, 'pool' | 'log' | 'worker' | 'signal'>,
  digests: readonly string[],
): Promise<void> {
  for (;;) {
    try {
      await withdrawAttempts(pool, { digests, worker });
      return;
    } catch (error) {
      log.warn({ error: errorMessage(error) }, 'redelivery notes not withdrawn');
    }
    if (signal.aborted) return;
    await sleep(WITHDRAW_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
