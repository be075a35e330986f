import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel } from 'amqplib';
import { Cancels, obeyCancel } from '../../../agent/command/cancels.ts';
import { isCancel } from '../../../contract/cancel.ts';
import { type Command, parseCommand } from '../../../contract/command.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../../../contract/names.ts';

/** Messages that are no JSON are sent back unread: they come from the bench that measures the relay alone. */
export function isCommand(content: Buffer): boolean {
  return content[0] === 0x7b; // an opening brace
}

/** The cancels that the agents on one connection have received. */
export interface ConnectionCancels {
  /** Consumes one queue for the processes of all agents: a queue for each would double the queues on the relay. */
  consume(connection: ChannelModel, restart: (why: string) => void): Promise<void>;
  /** Routes the messages to the agent's process into that queue. */
  bind(channel: Channel, agent: { queueloc: string; processes: { pid: number } }): Promise<void>;
  /** Cancels the commands that a message names. Returns false when it is not a cancel. */
  handleCancel(content: Buffer): boolean;
  /** Waits, at most until the command is cancelled. Returns the signal to pass to `finish`. */
  pause(content: Buffer, ms: number): Promise<AbortSignal | undefined>;
  /** Returns a signal that is aborted if the command was cancelled; later cancels of it have no effect. */
  finish(command: Command, started: AbortSignal | undefined): AbortSignal;
}

export function createConnectionCancels(): ConnectionCancels {
  const cancels = new Cancels();
  const queue = `mig.agt.cancels.${randomUUID()}`;
  const handleCancel = (content: Buffer) => isCancel(content) && obeyCancel(cancels, content);
  return {
    handleCancel,
    async consume(connection, restart) {
      const channel = await connection.createChannel();
      channel.on('error', (error: Error) => restart(error.message));
      await channel.assertQueue(queue, { durable: false, exclusive: true, autoDelete: true });
      await channel.consume(queue, (message) => void (message && handleCancel(message.content)), {
        noAck: true,
      });
    },
    async bind(channel, { queueloc, processes }) {
      await channel.bindQueue(queue, EXCHANGE_TO_AGENTS, processQueue(queueloc, processes.pid));
    },
    async pause(content, ms) {
      const started = isCommand(content) ? cancels.watch(parseCommand(content)) : undefined;
      await sleep(ms, undefined, { ref: false, ...(started && { signal: started }) }).catch(() => {});
      return started;
    },
    finish(command, started = cancels.watch(command)) {
      cancels.forget(command.id);
      return started;
    },
  };
}
