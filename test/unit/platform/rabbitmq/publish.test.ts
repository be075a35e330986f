import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConfirmChannel } from 'amqplib';
import { beforeEach, expect, test } from 'vitest';
import { createPublisher, type Publisher } from '../../../../platform/rabbitmq/publish.ts';

const [BASIC_ACK, BASIC_NACK, HEADER, RETURN] = [3_932_240, 3_932_280, 60, 3_932_210];
interface Sent {
  messageId: string;
  confirm: (error: Error | null) => void;
}

/** The part of amqplib's channel that a publisher uses. */
class Channel extends EventEmitter {
  connection = new EventEmitter();
  lwm = 1;
  unconfirmed: Sent['confirm'][] = [];
  sent: Sent[] = [];
  accepted: { id?: number; size?: number; content?: Buffer }[] = [];

  publish(
    _exchange: string,
    _key: string,
    _body: Buffer,
    { messageId }: { messageId: string },
    confirm: Sent['confirm'],
  ): boolean {
    this.sent.push({ messageId, confirm });
    this.unconfirmed.push(confirm);
    return true;
  }

  accept(frame: { id?: number; size?: number; content?: Buffer }): void {
    this.accepted.push(frame);
  }
}

let channel: Channel;
let publisher: Publisher;
const publish = (routingKey = 'x') => publisher.publish({ exchange: 'e', routingKey, body: 'x' });

beforeEach(() => {
  channel = new Channel();
  publisher = createPublisher(channel as unknown as ConfirmChannel);
});

test.each([
  ['far beyond what was sent', 4_294_967_290],
  ['the next one', 2],
  ['none', 0],
])('a confirmation of %s is dropped, and closes the channel once', async (_name, deliveryTag) => {
  const errors: Error[] = [];
  channel.on('error', (error) => errors.push(error));
  publish().catch(() => {}); // It is never confirmed.
  await nextTurn();
  for (const id of [BASIC_ACK, BASIC_NACK, BASIC_ACK])
    channel.accept({ id, fields: { deliveryTag, multiple: false } } as never);
  expect(channel.accepted).toEqual([]);
  expect(errors.map(({ message }) => message)).toEqual(['the relay confirmed a message that was never sent']);
});

test('a confirmation of a sent message is passed to amqplib', async () => {
  publish().catch(() => {}); // The channel of this test does not pass the confirmation on.
  await nextTurn();
  channel.accept({ id: BASIC_ACK, fields: { deliveryTag: 1 } } as never);
  expect(channel.accepted).toHaveLength(1);
});

test('a returned message is recognised by its number, and its content is dropped', async () => {
  const outcomes = [publish(), publish()];
  await nextTurn();
  channel.accept({ id: RETURN });
  channel.accept({ id: HEADER, size: 2 ** 40 });
  channel.accept({ content: Buffer.alloc(100_000) });
  expect(channel.accepted.map(({ id, size }) => [id, size])).toEqual([
    [RETURN, undefined],
    [HEADER, 0],
  ]);
  channel.emit('return', { properties: { messageId: channel.sent[0]?.messageId } });
  channel.emit('return', { properties: { messageId: 'of nobody' } });
  channel.emit('return', { properties: {} });
  for (const { confirm } of channel.sent) confirm(null);
  expect(await Promise.all(outcomes)).toEqual(['returned', 'confirmed']);
});

test('a message for an impossible queue name is returned without being sent', async () => {
  expect(await publish('ä'.repeat(128))).toBe('returned');
  expect(channel.sent).toEqual([]);
});
