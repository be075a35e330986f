import { closeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { MigError } from '../../contract/errors.ts';
import { goErrno } from '../../contract/go/errno.ts';
import { operatingSystem } from './go-platform.ts';
import { type CLibrary, openCLibrary } from './system-calls.ts';

/** A socket for ICMP packets to and from one address. */
export interface IcmpSocket extends Disposable {
  /** The kernel replaces the identifier of packets of a socket that is not raw, and returns only its own replies. */
  isRaw: boolean;
  send(packet: Buffer): void;
  /** The next packet, on IPv4 with or without its IP header; undefined after `timeoutMs`. Throws the system's errors. */
  receive(timeoutMs: number): Promise<Buffer | undefined>;
}

const FUNCTIONS = {
  socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
  inet_pton: { args: ['i32', 'ptr', 'ptr'], returns: 'i32' },
  connect: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  send: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i64_fast' },
  recv: { args: ['i32', 'ptr', 'u64', 'i32'], returns: 'i64_fast' },
  poll: { args: ['ptr', 'u64', 'i32'], returns: 'i32' },
} as const;
type Library = CLibrary<keyof typeof FUNCTIONS>;

const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const AF_INET = 2;
const POLLIN = 1;
/** Numbers that differ between systems. Addresses of macOS begin with their length. */
const NUMBERS: Partial<
  Record<NodeJS.Platform, { AF_INET6: number; MSG_DONTWAIT: number; hasLength: boolean }>
> = {
  linux: { AF_INET6: 10, MSG_DONTWAIT: 0x40, hasLength: false },
  darwin: { AF_INET6: 30, MSG_DONTWAIT: 0x80, hasLength: true },
};
const PACKET_BYTES = 2048;
/** Timers run this often while a packet is awaited. */
const POLL_MS = 20;

/** Throws MigError when the system, the runtime or the rights of the process do not allow it. */
export function openIcmpSocket(address: string): IcmpSocket {
  const numbers = NUMBERS[process.platform];
  const library: Library | undefined = numbers && openCLibrary(FUNCTIONS);
  if (!numbers || !library) {
    throw new MigError('unavailable', `icmp ping is not supported on ${operatingSystem()} by this program`);
  }
  const { MSG_DONTWAIT } = numbers;
  const { fd, isRaw } = openSocket(library, { isIPv6: address.includes(':'), AF_INET6: numbers.AF_INET6 });
  try {
    const socketAddress = encodeAddress(library, address, numbers);
    library.call('connect', fd, socketAddress, socketAddress.length);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const packet = Buffer.allocUnsafeSlow(PACKET_BYTES);
  return {
    isRaw,
    send: (bytes) => void library.call('send', fd, bytes, bytes.length, 0),
    async receive(timeoutMs) {
      const endsAtMs = performance.now() + timeoutMs;
      while (performance.now() < endsAtMs) {
        await setImmediate(); // Timers run even while a host floods this one with packets.
        if (!isReadable(library, fd, Math.min(POLL_MS, endsAtMs - performance.now()))) continue;
        return packet.subarray(0, library.call('recv', fd, packet, PACKET_BYTES, MSG_DONTWAIT));
      }
      return undefined;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** A raw socket, or where that is forbidden one for echo requests only (icmp(7), net.ipv4.ping_group_range). */
function openSocket(
  library: Library,
  { isIPv6, AF_INET6 }: { isIPv6: boolean; AF_INET6: number },
): { fd: number; isRaw: boolean } {
  const open = (type: number) =>
    library.call('socket', isIPv6 ? AF_INET6 : AF_INET, type, isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
  try {
    return { fd: open(SOCK_RAW), isRaw: true };
  } catch (rawError) {
    try {
      return { fd: open(SOCK_DGRAM), isRaw: false };
    } catch {
      throw new MigError('unavailable', `icmp ping needs the capability CAP_NET_RAW: ${goErrno(rawError)}`);
    }
  }
}

/** `struct sockaddr_in` or `struct sockaddr_in6`. */
function encodeAddress(
  library: Library,
  address: string,
  { AF_INET6, hasLength }: { AF_INET6: number; hasLength: boolean },
): Buffer {
  const isIPv6 = address.includes(':');
  const [family, bytes, offset] = isIPv6 ? [AF_INET6, 28, 8] : [AF_INET, 16, 4];
  const encoded = Buffer.alloc(bytes);
  if (hasLength) encoded.set([bytes, family]);
  else encoded.writeUInt16LE(family);
  const binary = Buffer.alloc(16);
  if (library.call('inet_pton', family, Buffer.from(`${address}\0`), binary) !== 1) {
    throw new MigError('parameters_invalid', `${address} is no address for icmp ping`);
  }
  binary.copy(encoded, offset, 0, isIPv6 ? 16 : 4);
  return encoded;
}

function isReadable(library: Library, fd: number, waitMs: number): boolean {
  const descriptor = Buffer.alloc(8);
  descriptor.writeInt32LE(fd);
  descriptor.writeInt16LE(POLLIN, 4);
  try {
    return library.call('poll', descriptor, 1, Math.max(0, Math.ceil(waitMs))) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINTR') return false;
    throw error;
  }
}
