import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { isCancel } from '../../contract/cancel.ts';
import { isClock } from '../../contract/clock.ts';
import { errorMessage } from '../../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { limitMessages, messageBytes } from '../../platform/rabbitmq/limit-messages.ts';
import type { Session } from '../../platform/rabbitmq/session.ts';
import { declareAgentQueue, declareProcessQueue } from '../../platform/rabbitmq/topology.ts';
import { obeyCancel } from '../command/cancels.ts';
import type { HandlerDeps } from '../command/deps.ts';
import { handleMessage, MAX_COMMANDS, resumeJournal } from '../command/handle-message.ts';
import { answerFailure } from '../command/refuse.ts';
import type { ClockCheck } from './clock-check.ts';

/** Messages that wait for those in progress; more is a relay that does not keep the limit. */
const MAX_WAITING = 16;
const DISK_RETRY_MS = 5_000;
/** AMQP's code for a queue that another connection has for itself. */
const RESOURCE_LOCKED = 405;
const LOCKED_MS = 3_000;

interface Consuming {
  deps: HandlerDeps;
  connection: ChannelModel;
  session: Session;
  clock: Pick<ClockCheck, 'take'>;
}

/** Consumes the queue of the endpoint: a few commands at a time, none that the disk could not take. */
export async function consumeCommands(options: Consuming): Promise<void> {
  const channel = await options.connection.createChannel();
  channel.on('error', (error) => options.session.restart(error.message));
  await consume(options, channel, await declareAgentQueue(channel, options.deps.queueloc));
}

/**
 * Consumes the queue of this very process, which nobody else may read. After a broken connection the relay may hold the
 * old one for a while: that is waited for, and nothing else waits.
 */
export async function consumeOwnCommands(options: Consuming): Promise<void> {
  const { deps, connection, session } = options;
  let isOver = false;
  connection.once('close', () => {
    isOver = true;
  });
  while (!isOver) {
    const channel = await connection.createChannel();
    channel.on('error', (error) => {
      if ((error as { code?: unknown }).code !== RESOURCE_LOCKED) session.restart(error.message);
    });
    try {
      return await consume(options, channel, await declareProcessQueue(channel, deps.queueloc, process.pid));
    } catch (error) {
      if ((error as { code?: unknown }).code !== RESOURCE_LOCKED) throw error;
      await sleep(LOCKED_MS, undefined, { ref: false });
    }
  }
}

async function consume({ deps, session, clock }: Consuming, channel: Channel, queue: string): Promise<void> {
  const { work } = deps;
  limitMessages(channel, { maxBytes: MAX_COMMAND_BYTES });
  await channel.prefetch(MAX_COMMANDS);
  const waiting: ConsumeMessage[] = [];
  let isPaused = false;
  let consumer: string | undefined;
  // What was not acknowledged comes back with the next channel.
  channel.on('close', () => {
    waiting.length = 0;
  });

  const pause = (error: unknown) => {
    if (isPaused) return;
    isPaused = true;
    waiting.length = 0;
    deps.log.error({ error: errorMessage(error) }, 'the disk takes nothing more; commands wait in the relay');
    if (consumer !== undefined) void channel.cancel(consumer).catch(() => {});
    void whenWritable(deps).then(() => session.restart('the disk has room again'));
  };
  const handle = async (message: ConsumeMessage) => {
    work.running++;
    const incoming = { body: message.content, bytes: messageBytes(message) };
    let isAcknowledged = false;
    const acknowledge = () => {
      if (!isAcknowledged) ack(channel, message);
      isAcknowledged = true;
    };
    try {
      await handleMessage(deps, incoming, acknowledge).catch((error: unknown) => {
        if (isDiskError(error)) throw error;
        // Unacknowledged, it would keep its place of the few that the relay gives out.
        deps.log.error({ error: errorMessage(error) }, 'command not handled');
        answerFailure(deps, incoming, error);
        acknowledge();
      });
    } catch (error) {
      pause(error);
    } finally {
      work.running--;
      work.lastMs = performance.now();
    }
  };
  const handleInTurn = (message: ConsumeMessage) => {
    waiting.push(message);
    void deps.inFlight.withPermit(async () => {
      const next = waiting.shift();
      if (next !== undefined && !work.isEnding) await handle(next);
    });
  };
  const reply = await channel.consume(queue, (message) => {
    work.lastMs = performance.now();
    if (message === null) session.restart('the relay cancelled the consumer');
    else if (isCancel(message.content) && obeyCancel(deps.cancels, message.content)) ack(channel, message);
    else if (isClock(message.content) && clock.take(message.content)) ack(channel, message);
    else if (waiting.length >= MAX_WAITING) {
      waiting.length = 0;
      session.restart('the relay sends more than it was asked for');
    } else handleInTurn(message);
  });
  consumer = reply.consumerTag;
}

/** A channel that is gone takes no word; the message comes again, and is known by then. */
function ack(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch {
    // the work goes on all the same
  }
}

function isDiskError(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(code);
}

const waits = new WeakMap<HandlerDeps, Promise<void>>();

/** Waits until the disk takes data again, then runs what was journaled and could not begin: once for all queues. */
function whenWritable(deps: HandlerDeps): Promise<void> {
  const wait = waits.get(deps) ?? waitForDisk(deps).finally(() => waits.delete(deps));
  waits.set(deps, wait);
  return wait;
}

async function waitForDisk(deps: HandlerDeps): Promise<void> {
  for (;;) {
    await sleep(DISK_RETRY_MS, undefined, { ref: false });
    try {
      deps.journal.check();
      await resumeJournal(deps);
      return;
    } catch {
      // still full
    }
  }
}
