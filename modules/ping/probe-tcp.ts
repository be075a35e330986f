import { connect } from 'node:net';
import { type Outcome, outcomeOfError, type Probe } from './outcome.ts';

/** Connects, and closes the connection at once. */
export function createTcpProbe({ host, port }: { host: string; port: number }): Probe {
  return async ({ timeoutMs }) => {
    const startedMs = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const socket = connect({ host, port });
    try {
      return await new Promise<Outcome>((resolve) => {
        socket.once('connect', () => resolve({ type: 'answered', ms: performance.now() - startedMs }));
        socket.once('error', (error) => resolve(outcomeOfError(error)));
        timer = setTimeout(() => resolve({ type: 'timeout' }), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      socket.on('error', () => {}); // What happens after the outcome does not matter.
      socket.destroy();
    }
  };
}
