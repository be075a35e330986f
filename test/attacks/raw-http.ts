import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createDeferred } from '../../platform/async/deferred.ts';

/** The bytes of one connection. `isClosed` when the server closed it. */
export interface RawAnswer {
  /** 0 without a response. */
  status: number;
  text: string;
  isClosed: boolean;
}

/** Sends bytes that no HTTP client would. Returns what was received until the end, the deadline, or a whole response. */
export async function sendRaw(
  url: string,
  bytes: string | Buffer,
  { deadlineMs = 5_000 }: { deadlineMs?: number } = {},
): Promise<RawAnswer> {
  const socket = await openSocket(url);
  socket.write(bytes);
  const closed = createDeferred<boolean>();
  const timer = setTimeout(closed.resolve, deadlineMs, false);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (/\r\n\r\n/.test(text) && isWhole(text)) closed.resolve(false);
  });
  socket.on('close', () => closed.resolve(true));
  const isClosed = await closed.promise;
  clearTimeout(timer);
  socket.destroy();
  const status = /^HTTP\/1\.1 (\d+)/.exec(text)?.[1];
  return { status: status === undefined ? 0 : Number(status), text, isClosed };
}

export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** Waits until the server has closed the connection. Returns false on a timeout. */
export async function isClosedWithin(socket: Socket, ms: number): Promise<boolean> {
  if (socket.destroyed) return true;
  const closed = createDeferred<boolean>();
  const timer = setTimeout(closed.resolve, ms, false);
  socket.once('close', () => closed.resolve(true));
  socket.resume();
  const isClosed = await closed.promise;
  clearTimeout(timer);
  return isClosed;
}

/** Returns a request line and headers, with the empty line. */
export function requestHead(line: string, headers: Record<string, string> = {}): string {
  const all = { Host: 'localhost', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}

function isWhole(text: string): boolean {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return body.length >= Number(length);
  return /transfer-encoding: chunked/i.test(head) ? body.endsWith('0\r\n\r\n') : true;
}
