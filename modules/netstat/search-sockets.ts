import { formatAddress } from '../../contract/go/ip-address.ts';
import type { Finding } from './finding.ts';
import { readTable } from './read-table.ts';
import type { Part, Search } from './search-run.ts';
import type { Endpoint, Socket, Table } from './tables.ts';
import { addressValues, portValues } from './values.ts';

/** Compares the sockets with `connectedip` and `listeningport`. */
export function searchSockets({ parameters, system, findings, clock, tally }: Search): Part {
  const ips = addressValues({ findings, group: 'connectedip', values: parameters.connectedip });
  const ports = portValues({ findings, group: 'listeningport', values: parameters.listeningport });
  const concernsIps = ({ hasIPv6 }: Table<Socket>) => ips.countIPv4 > 0 || (ips.count > 0 && hasIPv6);
  return async () => {
    for (const table of system.sockets) {
      if (ports.count === 0 && !concernsIps(table)) continue;
      const compared = ports.count + (table.hasIPv6 ? ips.count : ips.countIPv4);
      const { namespace } = table;
      const problem = await readTable(table, {
        clock,
        visit({ local, remote }) {
          tally.examined += compared;
          if (remote.address !== undefined) {
            ips.match(remote.address, () => connection(local, remote, namespace));
          }
          ports.match(local.port, () => ({ ...localEnd(local), namespace }));
        },
      });
      if (problem === undefined) continue;
      if (concernsIps(table)) tally.errors.push(`HasIPConnected(): ${problem}`);
      if (ports.count > 0) tally.errors.push(`HasListeningPort(): ${problem}`);
    }
  };
}

function connection(local: Endpoint, remote: Endpoint, namespace: string | undefined): Finding {
  const { address, port } = remote;
  return {
    ...localEnd(local),
    remoteaddr: address === undefined ? undefined : formatAddress(address),
    remoteport: port === 0 ? undefined : port,
    namespace,
  };
}

function localEnd({ address, port }: Endpoint): Finding {
  return {
    localaddr: address === undefined ? undefined : formatAddress(address),
    localport: port === 0 ? undefined : port,
  };
}
