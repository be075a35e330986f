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
const LOOK_EVERY_MS = 1_000;
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
 * Handles a batch so that no body ends workers for ever; returns what each call of `handle` returned. Bodies that arrive
 * for the first time cost nothing more. Redelivered ones are noted in Postgres before they are handled. A body with a note
 * of an earlier worker, which did not come back, is handled alone; one that ended two workers in this way is recorded and
 * dropped, once both have been gone for a while.
 */
export async function guardBatch<Handled>(
  guarding: GuardOptions<Handled>,
  deliveries: readonly Delivery[],
): Promise<Handled[]> {
  const { maxMessageBytes, handle } = guarding;
  const fitting = deliveries.filter(({ bytes }) => bytes <= maxMessageBytes);
  await refuseTooLarge(
    guarding,
    deliveries.filter(({ bytes }) => bytes > maxMessageBytes),
  );
  const handled: Handled[] = [];
  const fresh = bodiesOf(fitting.filter(({ isRedelivered }) => !isRedelivered));
  if (fresh.length > 0) handled.push(await handle(fresh));
  const redelivered = bodiesOf(fitting.filter(({ isRedelivered }) => isRedelivered));
  if (redelivered.length > 0) handled.push(...(await handleRedelivered(guarding, redelivered)));
  return handled;
}

function bodiesOf(deliveries: readonly Delivery[]): Buffer[] {
  return deliveries.map(({ body }) => body);
}

type RefusalDeps = Pick<GuardOptions<unknown>, 'pool' | 'log' | 'queue' | 'tooLarge'>;

async function refuseTooLarge(guarding: RefusalDeps, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await reject(
    guarding,
    deliveries.map(({ bytes }) => {
      const error = guarding.tooLarge(bytes);
      return rejectionOf(error, { queue: guarding.queue, code: error.code });
    }),
  );
}

async function handleRedelivered<Handled>(
  guarding: GuardOptions<Handled>,
  bodies: readonly Buffer[],
): Promise<Handled[]> {
  const { pool, queue } = guarding;
  const byDigest = new Map(bodies.map((body) => [sha256Hex(body), body] as const));
  const suspects = await recordSuspects(pool, { queue, digests: [...byDigest.keys()] });
  const isSuspect = new Set(suspects.map(({ digest }) => digest));
  const handled: Handled[] = [];
  const together = [...byDigest].filter(([digest]) => !isSuspect.has(digest));
  if (together.length > 0) handled.push(await handleNoted(guarding, together));

  const harmless = suspects.filter(({ deaths }) => deaths < MAX_DEATHS);
  const feared = suspects.filter(({ deaths }) => deaths >= MAX_DEATHS).map(({ digest }) => digest);
  const alone = harmless.map(({ digest }) => digest);
  for (const digest of alone) handled.push(...(await handleAlone(guarding, digest, byDigest)));
  const deadly = await whoseWorkersStayGone(guarding, feared);
  for (const digest of feared) {
    if (deadly.includes(digest)) await refuseDeadly(guarding, digest);
    else handled.push(...(await handleAlone(guarding, digest, byDigest)));
  }
  return handled;
}

async function handleAlone<Handled>(
  guarding: GuardOptions<Handled>,
  digest: string,
  bodies: ReadonlyMap<string, Buffer>,
): Promise<Handled[]> {
  const body = bodies.get(digest);
  if (body === undefined) return [];
  await recordAttempt(guarding.pool, { queue: guarding.queue, digest, worker: guarding.worker });
  return [await handleNoted(guarding, [[digest, body]])];
}

/** The bodies whose workers have no session each time that this looks: a good message must not be dropped. */
async function whoseWorkersStayGone(
  { pool, signal }: Pick<GuardOptions<unknown>, 'pool' | 'signal'>,
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

/** Leaves the note in place: should the body come again, no worker tries it. */
async function refuseDeadly(
  guarding: Pick<GuardOptions<unknown>, 'pool' | 'log' | 'queue'>,
  digest: string,
): Promise<void> {
  const error = new MigError(
    'message_deadly',
    `${MAX_DEATHS} workers ended while they handled it: ${digest}`,
  );
  await reject(guarding, [rejectionOf(error, { queue: guarding.queue, code: error.code })]);
}

async function handleNoted<Handled>(
  guarding: GuardOptions<Handled>,
  noted: readonly (readonly [digest: string, body: Buffer])[],
): Promise<Handled> {
  const digests = noted.map(([digest]) => digest);
  let handled: Handled;
  try {
    handled = await guarding.handle(noted.map(([, body]) => body));
  } catch (error) {
    await withdrawNotes(guarding, digests);
    throw error;
  }
  await clearSuspects(guarding.pool, digests);
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
      log.warn({ error: errorMessage(error) }, 'notes not withdrawn');
    }
    if (signal.aborted) return;
    await sleep(WITHDRAW_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
