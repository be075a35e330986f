import type { IcmpSocket } from '../../platform/machine/icmp-socket.ts';
import { echoRequest, isReplyTo } from './echo-packet.ts';
import { outcomeOfError, type Probe } from './outcome.ts';

/** Sends echo requests. Only a reply to the request itself counts: late ones, and those to other programs, do not. */
export function createIcmpProbe(socket: IcmpSocket, { isIPv6 }: { isIPv6: boolean }): Probe {
  const id = process.pid & 0xffff;
  return async ({ sequence, timeoutMs }) => {
    const sentMs = performance.now();
    try {
      socket.send(echoRequest({ isIPv6, id, sequence: sequence & 0xffff }));
      while (true) {
        const packet = await socket.receive(sentMs + timeoutMs - performance.now());
        if (packet === undefined) return { type: 'timeout' };
        const expected = { isIPv6, sequence: sequence & 0xffff, ...(socket.isRaw && { id }) };
        if (isReplyTo(packet, expected)) return { type: 'answered', ms: performance.now() - sentMs };
      }
    } catch (error) {
      return outcomeOfError(error);
    }
  };
}
