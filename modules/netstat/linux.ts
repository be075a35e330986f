import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseAddress } from '../../contract/go/ip-address.ts';
import { readLinkAddresses } from '../../platform/machine/link-addresses.ts';
import { addressOfProcNet } from '../../platform/machine/proc-net.ts';
import { linesOfFile } from '../../platform/machine/read-lines.ts';
import { listNamespaces, type Namespace } from './namespaces.ts';
import { readRuntimeInterfaces } from './runtime-interfaces.ts';
import type { Endpoint, Interfaces, Neighbor, Socket, System, Table } from './tables.ts';

/** Linux tells everything but hardware addresses in files of /proc (spec/modules/netstat.md#linux). */
export function createLinux({ namespaces }: { namespaces: boolean }): System {
  const { found, errors } = namespaces ? listNamespaces() : { found: [DEFAULT], errors: [] };
  return {
    interfaces: readInterfaces,
    neighbors: found.map((namespace) => ({
      ...fileTable('arp', namespace),
      hasIPv6: false,
      parse: parseArpLine,
    })),
    sockets: found.flatMap((namespace) =>
      ['tcp', 'udp', 'tcp6', 'udp6'].map((table) => ({
        ...fileTable(table, namespace),
        hasIPv6: table.endsWith('6'),
        parse: parseSocketLine,
      })),
    ),
    errors,
    noIPv6Neighbors: 'the table of IPv6 neighbors is not read',
  };
}

const DEFAULT: Namespace = { name: 'default', folders: ['/proc/net'] };

/** The table as the first process of the namespace that still runs shows it. */
function fileTable(
  table: string,
  { name, folders }: Namespace,
): Pick<Table<unknown>, 'name' | 'namespace' | 'lines'> {
  return { name: `${folders[0]}/${table}`, namespace: name, lines: () => linesOfFirst(folders, table) };
}

/** Yields nothing when every process of the namespace has ended. */
function* linesOfFirst(folders: readonly string[], table: string): Generator<string[]> {
  for (const folder of folders) {
    try {
      return yield* linesOfFile(`${folder}/${table}`);
    } catch (error) {
      if (existsSync(folder)) throw error;
    }
  }
}

/** A row of /proc/net/arp: address, type, flags, hardware address, … */
export function parseArpLine(line: string): Neighbor | 'malformed' | undefined {
  const [text = '', , , mac] = line.trim().split(/\s+/, 4);
  if (mac === undefined || text === 'IP') return undefined;
  const address = parseAddress(text);
  return address === undefined ? 'malformed' : { address, macs: [mac] };
}

const END = '([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})';
const SOCKET = new RegExp(String.raw`^\s*\d+:\s+${END}\s+${END}\s`, 'i');

/** A row of /proc/net/{tcp,udp}{,6}: number, local end, remote end, … */
export function parseSocketLine(line: string): Socket | 'malformed' | undefined {
  const [found, local = '', localPort = '', remote = '', remotePort = ''] = SOCKET.exec(line) ?? [];
  if (found === undefined) return /^\s*(sl\s|$)/.test(line) ? undefined : 'malformed';
  return { local: endpoint(local, localPort), remote: endpoint(remote, remotePort) };
}

function endpoint(digits: string, port: string): Endpoint {
  return { address: addressOfProcNet(digits), port: Number.parseInt(port, 16) };
}

const CLASS_NET = '/sys/class/net';

/** The runtime lists only interfaces that are up and have an address, so hardware addresses come from the kernel. */
function readInterfaces(): Interfaces {
  const macs = readLinkAddresses() ?? readClassNet();
  return { macs: macs.map(realAddress), addresses: readRuntimeInterfaces().addresses };
}

/** It shows the interfaces of the network in which it was mounted. */
function readClassNet(): string[] {
  return readdirSync(CLASS_NET).map((name) => readHardwareAddress(`${CLASS_NET}/${name}/address`));
}

/** Empty for an interface without one, such as the loopback, whose bytes are zero. */
function realAddress(mac: string): string {
  return isTunnel(mac) || /^[0:]*$/.test(mac) ? '' : mac;
}

function readHardwareAddress(file: string): string {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return ''; // The interface is gone, or is not one: bonding has a file there.
  }
}

/** A tunnel has an address of IPv4 or IPv6 there. */
function isTunnel(mac: string): boolean {
  const bytes = mac.split(':').length;
  return bytes === 4 || bytes === 16;
}
