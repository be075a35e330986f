import type { Address } from '../../contract/go/ip-address.ts';
import { addressOfProcNet } from '../../platform/machine/proc-net.ts';

/** A socket of a line in `/proc/net/tcp`, `udp`, `tcp6` or `udp6` (proc_pid_net(5)). */
export interface Socket {
  inode: number;
  local: End;
  remote: End;
}

interface End {
  address: Address;
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
    local: { address: addressOfProcNet(local), port: Number.parseInt(localPort, 16) },
    remote: { address: addressOfProcNet(remote), port: Number.parseInt(remotePort, 16) },
  };
}
