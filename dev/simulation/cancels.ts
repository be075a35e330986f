import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { Cancels, obeyCancel } from '../../agent/command/cancels.ts';
import { isCancel } from '../../contract/cancel.ts';
import { type Command, parseCommand } from '../../contract/command.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../../contract/names.ts';

/** What is no JSON goes straight back: the bench of the relay alone. */
export function isCommand(content: Buffer): boolean {
  return content[0] === 0x7b; // an opening brace
}

/** What the agents on one connection know of cancelled commands. */
export interface LineCancels {
  /** One queue for what goes to all their processes: one for each would double what the relay holds. */
  consume(connection: ChannelModel, restart: (why: string) => void): Promise<void>;
  bind(channel: Channel, agent: { queueloc: string; processes: { pid: number } }): Promise<void>;
  /** False when the message is no cancel. */
  obey(content: Buffer): boolean;
  /** Waits, but not longer than until the command is cancelled; gives what `take` wants. */
  pause(content: Buffer, ms: number): Promise<AbortSignal | undefined>;
  /** Whether the command was cancelled by now; it cannot be any more afterwards. */
  take(command: Command, begun: AbortSignal | undefined): AbortSignal;
}

export function createLineCancels(): LineCancels {
  const cancels = new Cancels();
  const queue = `mig.agt.cancels.${randomUUID()}`;
  const obey = (content: Buffer) => isCancel(content) && obeyCancel(cancels, content);
  return {
    obey,
    async consume(connection, restart) {
      const channel = await connection.createChannel();
      channel.on('error', (error: Error) => restart(error.message));
      await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: true });
      await channel.consume(queue, (message) => void (message && obey(message.content)), { noAck: true });
    },
    async bind(channel, { queueloc, processes }) {
      await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, processQueue(queueloc, processes.pid));
    },
    async pause(content, ms) {
      const begun = isCommand(content) ? cancels.begin(parseCommand(content)) : undefined;
      await sleep(ms, undefined, { ref: false, ...(begun && { signal: begun }) }).catch(() => {});
      return begun;
    },
    take(command, begun = cancels.begin(command)) {
      cancels.end(command.id);
      return begun;
    },
  };
}
