import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MigError } from '../../contract/errors.ts';
import type { OutboxEvent } from '../../contract/events/event.ts';
import { settleWithin } from '../../platform/async/settle-within.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import { eventLines, type SinkFormat } from './event-lines.ts';
import type { Sink } from './sink.ts';

/** `local0`. */
const FACILITY = 16;
const WARNING = 4;
const INFORMATIONAL = 6;
const WARNINGS = ['agent.unauthorized', 'upgrade.failed', 'webhook.disabled', 'sweep.signatures'];
const TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;

export type SyslogTarget =
  | { transport: 'unix'; path: string }
  | { transport: 'tcp'; host: string; port: number }
  | {
      transport: 'tls';
      host: string;
      port: number;
      ca: string | undefined;
      cert: string | undefined;
      key: string | undefined;
    };

interface SyslogOptions {
  target: SyslogTarget;
  format: SinkFormat;
  /** Of this machine. */
  hostname: string;
}

/**
 * Sends events as RFC 5424 over a stream, with the length before each message (RFC 6587, 5425). Syslog acknowledges nothing:
 * an event counts as written when the system has taken it and the connection stands.
 */
export function createSyslogSink({ target, format, hostname }: SyslogOptions): Sink {
  let socket: Socket | undefined;
  const drop = () => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    name: 'syslog',
    async write(events) {
      try {
        if (socket === undefined || !isOpen(socket)) {
          drop();
          socket = connect(target);
          await ready(socket, target);
        }
        await send(socket, frames(events, { format, hostname }));
      } catch (error) {
        drop();
        throw error;
      }
    },
    async close() {
      const closing = socket;
      socket = undefined;
      if (closing === undefined || closing.destroyed) return;
      closing.end();
      await settleWithin(TIMEOUT_MS, once(closing, 'close'));
      closing.destroy();
    },
  };
}

function isOpen(socket: Socket): boolean {
  return !socket.destroyed && socket.writable && !socket.readableEnded;
}

function connect(target: SyslogTarget): Socket {
  if (target.transport === 'unix') return connectTcp({ path: target.path });
  const { host, port } = target;
  if (target.transport === 'tcp')
    return connectTcp({ host, port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  const { ca, cert, key } = target;
  return connectTls({
    host,
    port,
    rejectUnauthorized: true,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  });
}

async function ready(socket: Socket, { transport }: SyslogTarget): Promise<void> {
  socket.on('error', () => socket.destroy());
  // Whatever the receiver says is dropped; reading it shows when the connection ends.
  socket.resume();
  const opened = once(socket, transport === 'tls' ? 'secureConnect' : 'connect');
  const closed = once(socket, 'close').then(() => {
    throw new MigError('unavailable', 'the receiver ended the connection');
  });
  closed.catch(() => {});
  await withTimeout(TIMEOUT_MS, Promise.race([opened, closed]), 'the syslog receiver does not answer');
}

async function send(socket: Socket, text: string): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    const onClose = () => reject(new MigError('unavailable', 'the receiver ended the connection'));
    socket.once('close', onClose);
    socket.write(text, (error) => {
      socket.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
  await withTimeout(TIMEOUT_MS, written, 'the syslog receiver takes nothing');
}

function frames(
  events: readonly OutboxEvent[],
  { format, hostname }: { format: SinkFormat; hostname: string },
): string {
  return events
    .flatMap((event) => eventLines(event, format).map((line) => syslogMessage(event, { line, hostname })))
    .map((message) => `${message.length} ${message}`)
    .join('');
}

/** A message of RFC 5424, in ASCII: version 1, without structured data. */
function syslogMessage(
  { kind, at }: OutboxEvent,
  { line, hostname }: { line: string; hostname: string },
): string {
  const severity = WARNINGS.includes(kind) ? WARNING : INFORMATIONAL;
  const host = hostname.replace(/[^\x21-\x7e]/g, '').slice(0, 255) || '-';
  return `<${FACILITY * 8 + severity}>1 ${at} ${host} mig - ${kind.slice(0, 32)} - ${line}`;
}
