import { isIP } from 'node:net';

/** The bytes of an address: 4 or 16. An IPv4 address within IPv6 has its 4 bytes. */
export type AddressBytes = Buffer;

const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** Returns undefined for a text that is no address. */
export function parseAddress(text: string): AddressBytes | undefined {
  const family = isIP(text);
  if (family === 0 || text.includes('%')) return undefined;
  return family === 4 ? Buffer.from(text.split('.').map(Number)) : withoutMapping(parseIpv6(text));
}

function parseIpv6(text: string): Buffer {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const [head = '', tail] = (dotted ? dotted[1] + hexOfIpv4(dotted[2] ?? '') : text).split('::');
  const before = words(head);
  const after = words(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array<number>(zeros).fill(0), ...after];
  return Buffer.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

function words(text: string): number[] {
  return text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16));
}

function hexOfIpv4(text: string): string {
  const hex = Buffer.from(text.split('.').map(Number)).toString('hex');
  return `${hex.slice(0, 4)}:${hex.slice(4)}`;
}

export function withoutMapping(bytes: Buffer): AddressBytes {
  return bytes.length === 16 && bytes.subarray(0, 12).equals(MAPPED_PREFIX) ? bytes.subarray(12) : bytes;
}

/** A range of addresses that have their first bits in common. */
export interface Network {
  bytes: AddressBytes;
  bits: number;
}

/** Parses an address, or a network such as `10.0.0.0/8`; undefined for any other text. */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = parseAddress(address);
  if (!bytes || rest.length > 0) return undefined;
  const all = bytes.length * 8;
  if (length === undefined) return { bytes, bits: all };
  const bits = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return bits <= all ? { bytes, bits } : undefined;
}

export function isInNetwork(address: AddressBytes, { bytes, bits }: Network): boolean {
  if (address.length !== bytes.length) return false;
  const whole = bits >> 3;
  if (!address.subarray(0, whole).equals(bytes.subarray(0, whole))) return false;
  const mask = (0xff00 >> (bits & 7)) & 0xff;
  return mask === 0 || (((address[whole] ?? 0) ^ (bytes[whole] ?? 0)) & mask) === 0;
}
