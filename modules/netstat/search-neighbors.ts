import { formatAddress } from '../../contract/go/ip-address.ts';
import { readTable } from './read-table.ts';
import type { Part, Search } from './search-run.ts';
import { addressValues, patternValues } from './values.ts';

/** Compares the ARP tables with `neighbormac` and `neighborip`. */
export function searchNeighbors({ parameters, system, findings, clock, tally }: Search): Part {
  const macs = patternValues({ findings, group: 'neighbormac', values: parameters.neighbormac });
  const ips = addressValues({ findings, group: 'neighborip', values: parameters.neighborip });
  const noteProblem = (problem: string) => {
    if (macs.count > 0) tally.errors.push(`HasSeenMac(): ${problem}`);
    if (ips.count > 0) tally.errors.push(`HasSeenIP(): ${problem}`);
  };
  return async () => {
    if (macs.count + ips.count === 0) return;
    for (const table of system.neighbors) {
      const { namespace } = table;
      const problem = await readTable(table, {
        clock,
        visit(neighbor) {
          const find = () => ({
            remotemacaddr: neighbor.macs[0],
            remoteaddr: formatAddress(neighbor.address),
            namespace,
          });
          tally.examined += macs.count + ips.count;
          macs.match(neighbor.macs, find);
          ips.match(neighbor.address, find);
        },
      });
      if (problem !== undefined) noteProblem(problem);
    }
    const countIPv6 = ips.count - ips.countIPv4;
    if (countIPv6 > 0) {
      tally.errors.push(`HasSeenIP(): ${countIPv6} IPv6 values were not searched: ${system.noIPv6Neighbors}`);
    }
  };
}
