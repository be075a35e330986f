import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Outcome, outcomeOfError, type Probe } from './outcome.ts';

const PAYLOAD = 'Ping!Ping!Ping!';

/** Sends a datagram, and waits for any from the same address and port. */
export function createUdpProbe({ address, port }: { address: string; port: number }): Probe {
  return async ({ timeoutMs }) => {
    const startedMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    try {
      return await new Promise<Outcome>((resolve) => {
        const fail = (error: unknown) => resolve(outcomeOfError(error));
        socket.once('message', () => resolve({ type: 'answered', ms: performance.now() - startedMs }));
        socket.on('error', fail);
        timer = setTimeout(() => resolve({ type: 'timeout' }), timeoutMs);
        // A callback of connect would be called for an error, too.
        socket.once('connect', () => socket.send(PAYLOAD, (error) => error && fail(error)));
        socket.connect(port, address);
      });
    } catch (error) {
      return outcomeOfError(error);
    } finally {
      clearTimeout(timer);
      socket.close();
    }
  };
}
