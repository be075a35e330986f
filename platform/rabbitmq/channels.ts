import type { Channel, ConfirmChannel } from 'amqplib';
import type { RelayConnection } from './connection.ts';
import type { Session } from './session.ts';

// Channels that end with their connection: an error of a channel restarts the session, which sets everything up anew.

export async function openChannel(
  connection: RelayConnection,
  session: Pick<Session, 'restart'>,
): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', (error: Error) => session.restart(error.message));
  return channel;
}

export async function openConfirmChannel(
  connection: RelayConnection,
  session: Pick<Session, 'restart'>,
): Promise<ConfirmChannel> {
  const channel = await connection.createConfirmChannel();
  channel.on('error', (error: Error) => session.restart(error.message));
  return channel;
}
