import { type Address, isIPv4 } from '../../contract/go/ip-address.ts';
import { createNetworkIndex, parseNetwork } from '../../contract/go/ip-network.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import type { Finding } from './finding.ts';
import type { Findings } from './findings.ts';
import { type Group, parsePort } from './schema.ts';

/** The values of one group. */
export interface Values<Key> {
  count: number;
  /** Adds a finding to every value that the key matches. */
  match(key: Key, find: () => Finding): void;
}

/** Values that are addresses or networks. */
export interface AddressValues extends Values<Address> {
  countIPv4: number;
}

interface Wanted {
  findings: Findings;
  group: Group;
  values: readonly string[] | undefined;
}

export function addressValues({ findings, group, values = [] }: Wanted): AddressValues {
  const entries = [...findings.addGroup(group, values)].map(([value, list]) => {
    const network = parseNetwork(value);
    if (!network) throw new Error(`${value} was checked, and is no address`);
    return { network, value: list };
  });
  const index = createNetworkIndex(entries);
  return {
    count: entries.length,
    countIPv4: entries.filter(({ network }) => isIPv4(network.address)).length,
    match(address, find) {
      for (const list of index.find(address)) findings.add(list, find);
    },
  };
}

/** Values that are patterns for a hardware address, of which a system may have several forms. */
export function patternValues(
  { findings, group, values = [] }: Wanted,
  { flags = '' }: { flags?: string } = {},
): Values<readonly string[]> {
  const lists = [...findings.addGroup(group, values)].map(([value, list]) => ({
    pattern: compilePattern(flags + value),
    list,
  }));
  return {
    count: lists.length,
    match(texts, find) {
      for (const { pattern, list } of lists) {
        if (texts.some((text) => pattern.test(text))) findings.add(list, find);
      }
    },
  };
}

export function portValues({ findings, group, values = [] }: Wanted): Values<number> {
  const lists = [...findings.addGroup(group, values)].map(([value, list]) => ({
    port: parsePort(value),
    list,
  }));
  const byPort = new Map(lists.map(({ port }) => [port, lists.filter((one) => one.port === port)]));
  return {
    count: lists.length,
    match(port, find) {
      for (const { list } of byPort.get(port) ?? []) findings.add(list, find);
    },
  };
}
