import { endianness } from 'node:os';
import { type AddressBytes, withoutMapping } from './ip-address.ts';

/** A socket of a line in `/proc/net/tcp`, `udp`, `tcp6` or `udp6` (proc_pid_net(5)). */
export interface Socket {
  inode: number;
  local: End;
  remote: End;
}

interface End {
  address: AddressBytes;
  port: number;
}

const LINE =
  /^ *\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4}) \S+ \S+ \S+ \S+ +\d+ +\d+ (\d+) /;

/** Returns undefined for the heading, and for a socket that no process has open any more. */
export function parseSocketLine(line: string): Socket | undefined {
  const [, local = '', localPort = '', remote = '', remotePort = '', inode = '0'] = LINE.exec(line) ?? [];
  if (inode === '0' || local.length % 8 !== 0 || remote.length !== local.length) return undefined;
  return {
    inode: Number(inode),
    local: { address: addressOf(local), port: Number.parseInt(localPort, 16) },
    remote: { address: addressOf(remote), port: Number.parseInt(remotePort, 16) },
  };
}

/** The kernel prints each word of an address as a number, so the processor decides the order of its bytes. */
function addressOf(hex: string): AddressBytes {
  const bytes = Buffer.from(hex, 'hex');
  return withoutMapping(endianness() === 'LE' ? bytes.swap32() : bytes);
}
