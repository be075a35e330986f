import { parseAddress } from '../../contract/go/ip-address.ts';
import { linesOfProgram } from '../../platform/machine/read-lines.ts';
import { readRuntimeInterfaces } from './runtime-interfaces.ts';
import type { Endpoint, Neighbor, Socket, System } from './tables.ts';

const NO_IPV6_NEIGHBORS = 'arp -a has no IPv6 neighbors';

/** macOS tells its tables only through programs. */
export function createDarwin({ timeoutMs }: { timeoutMs: number }): Omit<System, 'errors'> {
  return {
    interfaces: readRuntimeInterfaces,
    neighbors: [
      {
        name: 'arp -a',
        hasIPv6: false,
        lines: () => linesOfProgram('/usr/sbin/arp', ['-a'], { timeoutMs }),
        parse: parseArpLine,
      },
    ],
    sockets: ['inet', 'inet6'].map((family) => ({
      name: `netstat -naW -f ${family}`,
      hasIPv6: family === 'inet6',
      lines: () => linesOfProgram('/usr/sbin/netstat', ['-naW', '-f', family], { timeoutMs }),
      parse: parseSocketLine,
    })),
    noIPv6Neighbors: NO_IPV6_NEIGHBORS,
  };
}

/** `? (192.168.1.1) at 0:1b:63:84:45:e6 on en0 ifscope [ethernet]`. Bytes of the address have no leading zeros. */
export function parseArpLine(line: string): Neighbor | 'malformed' | undefined {
  const [, text, , mac] = line.trim().split(/\s+/, 4);
  if (text === undefined || mac === undefined) return undefined;
  const address = parseAddress(text.replace(/^\((.*)\)$/, '$1'));
  return address === undefined ? 'malformed' : { address, macs: [mac, padded(mac)] };
}

function padded(mac: string): string {
  return mac.includes(':')
    ? mac
        .split(':')
        .map((byte) => byte.padStart(2, '0'))
        .join(':')
    : mac;
}

/** `tcp4  0  0  192.168.1.5.52114  17.57.146.20.5223  ESTABLISHED`; `*` stands for any address or port. */
export function parseSocketLine(line: string): Socket | 'malformed' | undefined {
  const [protocol = '', , , localText = '', remoteText = ''] = line.trim().split(/\s+/, 5);
  if (!/^(tcp|udp)\d*$/.test(protocol)) return undefined;
  const [local, remote] = [parseEndpoint(localText), parseEndpoint(remoteText)];
  return local && remote ? { local, remote } : 'malformed';
}

function parseEndpoint(text: string): Endpoint | undefined {
  const [, host = '', port = ''] = /^(.+)\.(\d{1,5}|\*)$/.exec(text) ?? [];
  const address = host === '*' ? undefined : parseAddress(host.replace(/%.*/, ''));
  if (host === '' || (address === undefined && host !== '*')) return undefined;
  return { address, port: port === '*' ? 0 : Number(port) };
}
