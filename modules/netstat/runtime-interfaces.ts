import { networkInterfaces } from 'node:os';
import { parseAddress } from '../../contract/go/ip-address.ts';
import type { Interfaces } from './tables.ts';

const NO_MAC = '00:00:00:00:00:00';

/** The interfaces that are up, as the runtime lists them: an entry for each address. */
export function readRuntimeInterfaces(list = networkInterfaces()): Interfaces {
  const interfaces = Object.values(list).map((entries) => entries ?? []);
  return {
    macs: interfaces.map(([first]) => (first === undefined || first.mac === NO_MAC ? '' : first.mac)),
    addresses: interfaces.flat().flatMap(({ address }) => parseAddress(address.replace(/%.*/, '')) ?? []),
  };
}
