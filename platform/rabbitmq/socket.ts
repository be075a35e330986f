import { connect, type Socket } from 'node:net';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { type HttpProxy, proxyAuthorization } from '../network/proxies.ts';

export interface Way {
  socket: Socket;
  /** `host:port` of the proxy that carries it; undefined when it is direct. */
  proxy: string | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 8192;

/**
 * Opens a connection to `host:port` through the first HTTP proxy that makes one, else directly. Names are resolved
 * afresh each time. When every way fails it throws why each of them did.
 */
export async function openWay(host: string, port: number, proxies: readonly HttpProxy[]): Promise<Way> {
  const problems: string[] = [];
  for (const proxy of proxies) {
    try {
      return { socket: await throughProxy(proxy, host, port), proxy: proxy.address };
    } catch (error) {
      problems.push(errorMessage(error));
    }
  }
  try {
    return { socket: await open(host, port), proxy: undefined };
  } catch (error) {
    if (problems.length === 0) throw error;
    const why = [...problems, `directly: ${errorMessage(error)}`].join('; ');
    throw new MigError('unavailable', why, { cause: error });
  }
}

function open(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(
      () => socket.destroy(new Error(`no connection to ${host}:${port} in time`)),
      TIMEOUT_MS,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

async function throughProxy(proxy: HttpProxy, host: string, port: number): Promise<Socket> {
  const { address } = proxy;
  const [, proxyHost = '', proxyPort = ''] = /^(.*):(\d+)$/.exec(address) ?? [];
  const socket = await open(proxyHost.replace(/^\[|\]$/g, ''), Number(proxyPort)).catch((error: unknown) => {
    throw new MigError('unavailable', `proxy ${address}: ${errorMessage(error)}`, { cause: error });
  });
  const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  try {
    const authorization = proxyAuthorization(proxy);
    const login = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${login}\r\n`);
    const answer = await readHead(socket);
    if (!/^HTTP\/1\.[01] 2\d\d/.test(answer)) {
      throw new Error(`it answered ${JSON.stringify(answer.split('\r\n', 1)[0])}`);
    }
    return socket;
  } catch (error) {
    socket.destroy();
    throw new MigError('unavailable', `proxy ${address}: ${errorMessage(error)}`, { cause: error });
  }
}

/** Reads up to the blank line; what comes after it belongs to the relay and stays in the socket. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const end = (error?: Error) => {
      clearTimeout(timer);
      for (const event of ['readable', 'error', 'close']) socket.removeAllListeners(event);
      if (error) reject(error);
      else resolve(head);
    };
    const timer = setTimeout(() => end(new Error('no answer in time')), TIMEOUT_MS);
    socket.on('error', end);
    socket.on('close', () => end(new Error('closed the connection')));
    socket.on('readable', () => {
      for (let byte = socket.read(1); byte !== null; byte = socket.read(1)) {
        head += (byte as Buffer).toString('latin1');
        if (head.endsWith('\r\n\r\n')) return end();
        if (head.length > MAX_ANSWER_BYTES) return end(new Error('its answer is too long'));
      }
    });
  });
}
