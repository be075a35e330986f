import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { type HttpProxy, proxyAuthorization } from '../network/proxies.ts';

interface Endpoint {
  host: string;
  port: number;
}

/** A connected socket to the relay. */
export interface Route {
  socket: Socket;
  /** `host:port` of the HTTP proxy; undefined for the direct route. */
  proxy: string | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8192;

/**
 * Connects through the first HTTP proxy that accepts, else directly, with a new DNS lookup each time. When every
 * route fails, throws the reason of each.
 */
export async function openRoute(target: Endpoint, proxies: readonly HttpProxy[]): Promise<Route> {
  const problems: string[] = [];
  for (const proxy of proxies) {
    try {
      return { socket: await connectThroughProxy(proxy, target), proxy: proxy.address };
    } catch (error) {
      problems.push(`proxy ${proxy.address}: ${errorMessage(error)}`);
    }
  }
  try {
    return { socket: await connectDirectly(target), proxy: undefined };
  } catch (error) {
    if (problems.length === 0) throw error;
    const why = [...problems, `directly: ${errorMessage(error)}`].join('; ');
    throw new MigError('unavailable', why, { cause: error });
  }
}

async function connectDirectly({ host, port }: Endpoint): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? new Error(`no connection to ${host}:${port} in time`) : error;
  }
}

async function connectThroughProxy(proxy: HttpProxy, target: Endpoint): Promise<Socket> {
  const socket = await connectDirectly(endpointOf(proxy));
  try {
    socket.write(connectRequest(proxy, target));
    const [statusLine] = (await readHead(socket)).split('\r\n', 1);
    if (statusLine === undefined || !/^HTTP\/1\.[01] 2\d\d/.test(statusLine)) {
      throw new Error(`it answered ${JSON.stringify(statusLine)}`);
    }
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function endpointOf({ address }: HttpProxy): Endpoint {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new Error('its address is not host:port');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function connectRequest(proxy: HttpProxy, { host, port }: Endpoint): string {
  const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const authorization = proxyAuthorization(proxy);
  const login = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`;
}

/** Reads up to the blank line, byte by byte: what follows belongs to the relay and must stay in the socket. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const settle = (error?: Error) => {
      clearTimeout(timer);
      for (const event of ['readable', 'error', 'close']) socket.removeAllListeners(event);
      if (error) reject(error);
      else resolve(head);
    };
    const timer = setTimeout(() => settle(new Error('no answer in time')), TIMEOUT_MS);
    socket.on('error', settle);
    socket.on('close', () => settle(new Error('closed the connection')));
    socket.on('readable', () => {
      while (true) {
        const byte: Buffer | null = socket.read(1);
        if (byte === null) return;
        head += byte.toString('latin1');
        if (head.endsWith('\r\n\r\n')) return settle();
        if (head.length > MAX_ANSWER_BYTES) return settle(new Error('its answer is too long'));
      }
    });
  });
}
