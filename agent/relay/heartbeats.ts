import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../contract/errors.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import type { Logger } from '../../platform/log.ts';
import type { Publisher } from '../../platform/rabbitmq/publish.ts';
import type { ClockCheck } from './clock-check.ts';
import { type AgentFacts, heartbeatJson } from './heartbeat.ts';

export interface Heartbeats {
  /** Sends a heartbeat, if the relay is connected. */
  send(): void;
  /** Reports the end of this process to the platform, if the relay is connected. */
  sendLastHeartbeat(limitMs: number): Promise<void>;
}

interface HeartbeatOptions {
  facts: AgentFacts;
  heartbeatMs: number;
  clock: ClockCheck;
  publisher: () => Publisher | undefined;
  writeFile: (nowMs: number) => void;
  log: Logger;
}

/** A heartbeat is useless after it has waited for this many intervals in the relay. */
const EXPIRES_AFTER_INTERVALS = 10;
/** The limit of AMQP. */
const MAX_EXPIRATION_MS = 2 ** 32 - 1;

export function createHeartbeats(options: HeartbeatOptions): Heartbeats {
  return {
    send: () => void sendHeartbeat(options, { isLast: false }),
    async sendLastHeartbeat(limitMs) {
      await Promise.race([
        sendHeartbeat(options, { isLast: true }),
        sleep(limitMs, undefined, { ref: false }),
      ]);
    },
  };
}

async function sendHeartbeat(
  { facts, heartbeatMs, clock, publisher, writeFile, log }: HeartbeatOptions,
  { isLast }: { isLast: boolean },
): Promise<void> {
  const relay = publisher();
  if (!relay) return;
  try {
    const nowMs = Date.now();
    clock.noteSent(nowMs);
    const outcome = await relay.publish({
      exchange: EXCHANGE_TO_SCHEDULERS,
      routingKey: QUEUE_HEARTBEATS,
      body: heartbeatJson(facts, nowMs, { isLast }),
      expirationMs: Math.round(Math.min(EXPIRES_AFTER_INTERVALS * heartbeatMs, MAX_EXPIRATION_MS)),
    });
    if (outcome === 'refused') {
      log.warn({ outcome }, 'heartbeat not sent');
      return;
    }
    clock.noteConfirmed();
    writeFile(nowMs);
  } catch (error) {
    log.warn({ error: errorMessage(error) }, 'heartbeat not sent');
  }
}
