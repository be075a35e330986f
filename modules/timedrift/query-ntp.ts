import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import { ntpRequest, parseNtpAnswer } from './ntp-packet.ts';

export interface NtpAnswer {
  networkNs: bigint;
  /** When the answer came, on the local clock. */
  localNs: bigint;
  latencyNs: bigint;
}

interface Query {
  host: string;
  port: number;
  timeoutMs: number;
}

/** Asks a server for its time. Throws when it does not answer in time, or with anything but a time. */
export async function queryNtp({ host, port, timeoutMs }: Query): Promise<NtpAnswer> {
  const startedMs = performance.now();
  const address = await withTimeout(timeoutMs, lookup(host), `${host} was not resolved in time`);
  const socket = createSocket(address.family === 6 ? 'udp6' : 'udp4');
  // A connected socket takes datagrams from nobody else.
  const exchange = async () => {
    socket.connect(port, address.address);
    await once(socket, 'connect');
    const sentNs = process.hrtime.bigint();
    socket.send(ntpRequest());
    const [answer] = (await once(socket, 'message')) as [Buffer];
    const latencyNs = process.hrtime.bigint() - sentNs;
    return { networkNs: parseNtpAnswer(answer), localNs: BigInt(Date.now()) * 1_000_000n, latencyNs };
  };
  const answering = exchange();
  answering.catch(() => {}); // Without an answer it ends with the socket.
  try {
    const leftMs = Math.max(1, timeoutMs - (performance.now() - startedMs));
    return await withTimeout(leftMs, answering, `${host} did not answer in time`);
  } finally {
    socket.close();
  }
}
