import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type Server } from 'node:net';

/** Below the ephemeral range: an outgoing connection cannot take a port between its choice and its use. */
const PORTS = { from: 16_000, to: 32_000 };
const CONNECT_TIMEOUT_MS = 1_000;

/** Returns a port that nothing listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if ((await canListen(port)) && (await reserve(port))) return port;
  }
  throw new Error(`no free port from ${PORTS.from} to ${PORTS.to}`);
}

/** Returns true when a program accepts connections on the port. */
export async function portAnswers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = await listen({ port, host: '127.0.0.1' });
  if (!server) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Reserves the port among our own processes, by an abstract socket that Linux removes when this process ends. */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const server = await listen({ path: `\0mig-port-${port}` });
  server?.unref();
  return server !== undefined;
}

/** Returns undefined when the address is taken. */
async function listen(address: ListenOptions): Promise<Server | undefined> {
  const server = createServer().listen(address);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
