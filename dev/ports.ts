import { randomInt } from 'node:crypto';
import { createServer, connect as tcpConnect } from 'node:net';

/** Below the ephemeral range: an outgoing connection cannot take a port between its choice and its use. */
const PORTS = { from: 16_000, to: 32_000 };

/** Returns a port that nothing listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = randomInt(PORTS.from, PORTS.to);
    if ((await canListen(port)) && (await reserve(port))) return port;
  }
  throw new Error(`no free port from ${PORTS.from} to ${PORTS.to}`);
}

export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = tcpConnect(port, '127.0.0.1');
    socket.setTimeout(1000, () => socket.destroy());
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Reserves the port among our own processes, by an abstract socket that Linux removes when this process ends. */
function reserve(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true);
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(`\0mig-port-${port}`, () => resolve(true));
    server.unref();
  });
}
