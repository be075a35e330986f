import { parseAddress } from '../../contract/go/ip-address.ts';
import { linesOfProgram } from '../../platform/machine/read-lines.ts';
import { windowsProgram } from '../../platform/machine/windows-program.ts';
import { readRuntimeInterfaces } from './runtime-interfaces.ts';
import type { Endpoint, Neighbor, Socket, System } from './tables.ts';

const NO_IPV6_NEIGHBORS = 'arp -a has no IPv6 neighbors';

/** Windows tells its tables through programs. Their headers are translated, their rows are not. */
export function createWindows({ timeoutMs }: { timeoutMs: number }): Omit<System, 'errors'> {
  return {
    interfaces: readRuntimeInterfaces,
    neighbors: [
      {
        name: 'arp -a',
        hasIPv6: false,
        lines: () => linesOfProgram(windowsProgram('ARP.EXE'), ['-a'], { timeoutMs }),
        parse: parseArpLine,
      },
    ],
    sockets: ['TCP', 'UDP', 'TCPv6', 'UDPv6'].map((protocol) => ({
      name: `netstat -na -p ${protocol}`,
      hasIPv6: protocol.endsWith('v6'),
      lines: () => linesOfProgram(windowsProgram('NETSTAT.EXE'), ['-na', '-p', protocol], { timeoutMs }),
      parse: parseSocketLine,
    })),
    noIPv6Neighbors: NO_IPV6_NEIGHBORS,
  };
}

/** `  192.168.1.1           00-1b-63-84-45-e6     dynamic`. The header of an interface has no hardware address. */
export function parseArpLine(line: string): Neighbor | 'malformed' | undefined {
  const [text = '', mac = ''] = line.trim().split(/\s+/, 2);
  if (!/^([0-9a-f]{2}-)+[0-9a-f]{2}$/i.test(mac)) return undefined;
  const address = parseAddress(text);
  return address === undefined ? 'malformed' : { address, macs: [mac.replaceAll('-', ':'), mac] };
}

/** `  TCP    192.168.1.5:49712      17.57.146.20:443       ESTABLISHED`; `*:*` is the remote end of a UDP socket. */
export function parseSocketLine(line: string): Socket | 'malformed' | undefined {
  const [protocol = '', localText = '', remoteText = ''] = line.trim().split(/\s+/, 3);
  if (protocol !== 'TCP' && protocol !== 'UDP') return undefined;
  const [local, remote] = [parseEndpoint(localText), parseEndpoint(remoteText)];
  return local && remote ? { local, remote } : 'malformed';
}

function parseEndpoint(text: string): Endpoint | undefined {
  const [, host = '', port = ''] = /^(.+):(\d{1,5}|\*)$/.exec(text) ?? [];
  const address =
    host === '*' ? undefined : parseAddress(host.replace(/^\[(.*)\]$/, '$1').replace(/%.*/, ''));
  if (host === '' || (address === undefined && host !== '*')) return undefined;
  return { address, port: port === '*' ? 0 : Number(port) };
}
