import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createServer } from 'node:tls';
import type { Slot } from './platform.ts';

interface Frame {
  id?: number;
  channel: number;
  fields?: { consumerTag?: string; queue?: string };
}
interface Parsed {
  rest: Buffer;
}

const FRAME_BYTES = 100_000;
const require = createRequire(import.meta.url);
/** amqplib does not export its codec, and a relay needs the server's half of it. */
const codec = join(dirname(require.resolve('amqplib')), 'lib');
const defs = require(join(codec, 'defs.js')) as Record<string, number> & {
  encodeMethod(id: number | undefined, channel: number, fields: object): Buffer;
  encodeProperties(id: number | undefined, channel: number, size: number, fields: object): Buffer;
};
const frames = require(join(codec, 'frame.js')) as {
  parseFrame(bytes: Buffer, max: number): Parsed | false;
  decodeFrame(frame: Parsed): Frame;
  makeBodyFrame(channel: number, payload: Buffer): Buffer;
};

interface Flood {
  /** The size of each message. */
  bytes: number;
  /** The number of messages; endless by default. */
  count: number;
}

/** Opens a hostile relay: it accepts every request and then sends messages without end. */
export async function openFloodingRelay(
  slot: Slot,
  { bytes = FRAME_BYTES, count = Number.POSITIVE_INFINITY }: Partial<Flood> = {},
): Promise<{ port: number } & AsyncDisposable> {
  const folder = dirname(slot.services.relay.files.ca);
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      cert: readFileSync(join(folder, 'relay.crt')),
      key: readFileSync(join(folder, 'relay.key')),
    },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      serve(socket, { bytes, count });
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, sent: Flood): void {
  let bytes = Buffer.alloc(0);
  let isGreeted = false;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (!isGreeted && bytes.length >= 8) {
      isGreeted = true;
      bytes = bytes.subarray(8);
      socket.write(
        defs.encodeMethod(defs.ConnectionStart, 0, {
          versionMajor: 0,
          versionMinor: 9,
          serverProperties: {},
          mechanisms: Buffer.from('PLAIN'),
          locales: Buffer.from('en_US'),
        }),
      );
    }
    while (isGreeted) {
      const parsed = frames.parseFrame(bytes, 0);
      if (!parsed) break;
      bytes = Buffer.from(parsed.rest);
      answer(socket, frames.decodeFrame(parsed), sent);
    }
  });
}

function answer(socket: Socket, { id, channel, fields = {} }: Frame, sent: Flood): void {
  const reply = (method: number | undefined, values: object = {}) =>
    socket.write(defs.encodeMethod(method, channel, values));
  switch (id) {
    case defs.ConnectionStartOk:
      return void reply(defs.ConnectionTune, { channelMax: 100, frameMax: 131_072, heartbeat: 60 });
    case defs.ConnectionOpen:
      return void reply(defs.ConnectionOpenOk);
    case defs.ChannelOpen:
      return void reply(defs.ChannelOpenOk);
    case defs.ConfirmSelect:
      return void reply(defs.ConfirmSelectOk);
    case defs.QueueDeclare:
      return void reply(defs.QueueDeclareOk, { queue: fields.queue, messageCount: 0, consumerCount: 0 });
    case defs.QueueBind:
      return void reply(defs.QueueBindOk);
    case defs.BasicQos:
      return void reply(defs.BasicQosOk);
    case defs.BasicConsume:
      reply(defs.BasicConsumeOk, { consumerTag: fields.consumerTag ?? 'tag' });
      flood(socket, { ...sent, channel, consumerTag: fields.consumerTag ?? 'tag' });
  }
}

function flood(
  socket: Socket,
  { channel, consumerTag, bytes, count }: Flood & { channel: number; consumerTag: string },
): void {
  const sent = frameByFrame();
  const more = () => {
    while (!socket.destroyed) {
      const { value, done } = sent.next();
      if (done) return;
      if (!socket.write(value)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();

  function* frameByFrame(): Generator<Buffer, void> {
    for (let deliveryTag = 1; deliveryTag <= count; deliveryTag++) {
      yield defs.encodeMethod(defs.BasicDeliver, channel, {
        consumerTag,
        deliveryTag,
        redelivered: false,
        exchange: 'toagents',
        routingKey: 'x',
      });
      yield defs.encodeProperties(defs.BasicProperties, channel, bytes, {});
      for (let left = bytes; left > 0; left -= FRAME_BYTES) {
        yield frames.makeBodyFrame(channel, Buffer.alloc(Math.min(left, FRAME_BYTES), 'x'));
      }
    }
  }
}
