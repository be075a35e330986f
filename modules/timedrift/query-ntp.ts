import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { MigError } from '../../contract/errors.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import { ntpRequest, parseNtpAnswer, TIME_BYTES } from './ntp-packet.ts';

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
  let timer: NodeJS.Timeout | undefined;
  let foreign = 0;
  try {
    return await new Promise((resolve, reject) => {
      const leftMs = Math.max(1, timeoutMs - (performance.now() - startedMs));
      timer = setTimeout(() => reject(new MigError('unavailable', lateText(host, foreign))), leftMs);
      socket.on('error', reject);
      socket.once('connect', () => exchange(socket, { resolve, reject, onForeign: () => foreign++ }));
      // A connected socket takes datagrams from nobody else.
      socket.connect(port, address.address);
    });
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

interface Listeners {
  resolve(answer: NtpAnswer): void;
  reject(error: unknown): void;
  onForeign(): void;
}

/** Skips what does not belong to the question: one forged datagram must not silence a server. */
function exchange(socket: Socket, { resolve, reject, onForeign }: Listeners): void {
  const nonce = randomBytes(TIME_BYTES);
  const sentNs = process.hrtime.bigint();
  socket.on('message', (datagram) => {
    const latencyNs = process.hrtime.bigint() - sentNs;
    const localNs = BigInt(Date.now()) * 1_000_000n;
    try {
      const networkNs = parseNtpAnswer(datagram, nonce);
      if (networkNs === undefined) onForeign();
      else resolve({ networkNs, localNs, latencyNs });
    } catch (error) {
      reject(error);
    }
  });
  socket.send(ntpRequest(nonce));
}

function lateText(host: string, foreign: number): string {
  const late = `${host} did not answer in time`;
  if (foreign === 0) return late;
  const doNotBelong = foreign === 1 ? 'does not belong' : 'do not belong';
  return `${late}: got ${countOf(foreign, 'answer')} that ${doNotBelong} to the question`;
}
