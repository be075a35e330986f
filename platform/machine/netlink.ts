import { openCLibrary } from './system-calls.ts';

/** A message of netlink(7). */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  payload: Buffer;
}

export interface NetlinkSocket {
  send(message: NetlinkMessage): void;
  /** The messages of the kernel that wait; never blocks. Throws the system's error. */
  receive(): NetlinkMessage[];
  close(): void;
}

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
/** `SOCK_NONBLOCK` and `SOCK_CLOEXEC`. */
const NONBLOCK_AND_CLOEXEC = 0o4000 | 0o2000000;
const HEADER_BYTES = 16;
const ADDRESS_BYTES = 12;
/** Longer than any message of the kernel's audit. */
const BUFFER_BYTES = 64 * 1024;
/** What may wait in the kernel while this process does not read. */
const RECEIVE_BYTES = 4 * 1024 * 1024;
/** A flood of messages must not keep the process from its other work. */
const MAX_READS = 1_000;

/** Opens a socket of a family such as NETLINK_AUDIT. Undefined where the system or the runtime has none; throws its error. */
export function openNetlink(family: number): NetlinkSocket | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = openCLibrary({
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    bind: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
    setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'i32'], returns: 'i32' },
    sendto: { args: ['i32', 'ptr', 'u64', 'i32', 'ptr', 'i32'], returns: 'i64_fast' },
    recvfrom: { args: ['i32', 'ptr', 'u64', 'i32', 'ptr', 'ptr'], returns: 'i64_fast' },
    close: { args: ['i32'], returns: 'i32' },
  });
  if (!library) return undefined;
  const { addressOf, call } = library;
  const fd = call('socket', AF_NETLINK, SOCK_RAW | NONBLOCK_AND_CLOEXEC, family);
  const kernel = addressOfKernel();
  call('bind', fd, addressOf(kernel), ADDRESS_BYTES);
  enlargeBuffer((value) =>
    library.symbols.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, addressOf(value), value.length),
  );
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const sender = Buffer.allocUnsafeSlow(ADDRESS_BYTES);
  const senderBytes = Buffer.allocUnsafeSlow(4);
  const readOnce = (): number => {
    senderBytes.writeInt32LE(ADDRESS_BYTES);
    try {
      return call(
        'recvfrom',
        fd,
        addressOf(buffer),
        BUFFER_BYTES,
        0,
        addressOf(sender),
        addressOf(senderBytes),
      );
    } catch (error) {
      if (['EAGAIN', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
      throw error;
    }
  };
  return {
    send(message) {
      const bytes = encodeNetlink(message);
      call('sendto', fd, addressOf(bytes), bytes.length, 0, addressOf(kernel), ADDRESS_BYTES);
    },
    receive() {
      const messages: NetlinkMessage[] = [];
      for (let reads = 0; reads < MAX_READS; reads++) {
        const bytes = readOnce();
        if (bytes === 0) break;
        // Other processes may send to this socket, too: only the kernel has the port 0.
        if (sender.readUInt32LE(4) === 0) messages.push(...parseNetlink(buffer.subarray(0, bytes)));
      }
      return messages;
    },
    close: () => void call('close', fd),
  };
}

/** `struct sockaddr_nl` of the kernel; bound to, the kernel chooses a port. */
function addressOfKernel(): Buffer {
  const address = Buffer.allocUnsafeSlow(ADDRESS_BYTES).fill(0);
  address.writeUInt16LE(AF_NETLINK, 0);
  return address;
}

/** Without the right to it the buffer keeps its size. */
function enlargeBuffer(set: (value: Buffer) => unknown): void {
  const value = Buffer.allocUnsafeSlow(4);
  value.writeInt32LE(RECEIVE_BYTES);
  set(value);
}

/** `struct nlmsghdr` and the payload, in memory that never moves. */
export function encodeNetlink({ type, flags, sequence, payload }: NetlinkMessage): Buffer {
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  bytes.writeUInt32LE(0, 12);
  payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

/**
 * Parses one datagram. The kernel's audit gives the length of an event without its header, and sends each message in a
 * datagram of its own: a length that is too short or too long means the rest of the datagram.
 */
export function parseNetlink(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= datagram.length) {
    const type = datagram.readUInt16LE(at + 4);
    const length = datagram.readUInt32LE(at);
    const isEvent = type >= FIRST_EVENT;
    const isWhole = !isEvent && length >= HEADER_BYTES && at + length <= datagram.length;
    const end = isWhole ? at + length : datagram.length;
    messages.push({
      type,
      flags: datagram.readUInt16LE(at + 6),
      sequence: datagram.readUInt32LE(at + 8),
      payload: Buffer.from(datagram.subarray(at + HEADER_BYTES, end)),
    });
    at = (end + 3) & ~3;
  }
  return messages;
}

/** Audit events have types from here on; below are answers to requests. */
const FIRST_EVENT = 1100;
