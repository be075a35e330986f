import { type Address, isIPv4, parseAddress } from './ip-address.ts';

/** An address range: the addresses that begin with the same bits. A plain address is a range of one. */
export interface Network {
  address: Address;
  bits: number;
}

const MAPPED_BITS = 96;

/** Reads an address, or a network such as `10.0.0.0/8`; undefined for any other text. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(slash < 1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = address.length * 4;
  if (slash < 1) return { address, bits: width };
  return withBits(address, {
    bits: bitsOf(text.slice(slash + 1)),
    isMapped: isIPv4(address) && text.includes(':'),
  });
}

function bitsOf(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

/** The prefix of a mapped IPv4 network also counts the 96 bits in front of it. */
function withBits(
  address: Address,
  { bits, isMapped }: { bits: number; isMapped: boolean },
): Network | undefined {
  if (!isMapped) return bits <= address.length * 4 ? { address, bits } : undefined;
  if (!(bits <= 128)) return undefined;
  if (bits >= MAPPED_BITS) return { address, bits: bits - MAPPED_BITS };
  return { address: `${'0'.repeat(20)}ffff${address}`, bits };
}

export function isInNetwork(address: Address, network: Network): boolean {
  return (
    address.length === network.address.length &&
    prefixOf(address, network.bits) === prefixOf(network.address, network.bits)
  );
}

/** Finds the values whose network contains an address, in a time that depends only on the number of prefix lengths. */
export interface NetworkIndex<Value> {
  find(address: Address): Value[];
}

export function createNetworkIndex<Value>(
  entries: readonly { network: Network; value: Value }[],
): NetworkIndex<Value> {
  const tables = new Map<string, { bits: number; length: number; values: Map<string, Value[]> }>();
  for (const { network, value } of entries) {
    const { address, bits } = network;
    const name = `${address.length}/${bits}`;
    const table = tables.get(name) ?? { bits, length: address.length, values: new Map<string, Value[]>() };
    tables.set(name, table);
    const prefix = prefixOf(address, bits);
    const values = table.values.get(prefix);
    if (values) values.push(value);
    else table.values.set(prefix, [value]);
  }
  const all = [...tables.values()];
  return {
    find(address) {
      const found: Value[] = [];
      for (const { bits, length, values } of all) {
        if (length === address.length) found.push(...(values.get(prefixOf(address, bits)) ?? []));
      }
      return found;
    },
  };
}

/** The first bits as hex digits; the last digit has zeros for the bits behind them. */
function prefixOf(address: Address, bits: number): string {
  const whole = bits >> 2;
  const rest = bits & 3;
  if (rest === 0) return address.slice(0, whole);
  const digit = Number.parseInt(address.charAt(whole), 16) & (0xf0 >> rest);
  return address.slice(0, whole) + digit.toString(16);
}
