/**
 * An IP address as the hex digits of its bytes: 8 for IPv4, 32 for IPv6. An IPv4 address that is mapped into IPv6 has 8,
 * since Go treats it as IPv4 everywhere. Equal addresses have equal texts, and a network is a prefix of them.
 */
export type Address = string;

const MAPPED = '00000000000000000000ffff';

export function isIPv4(address: Address): boolean {
  return address.length === 8;
}

/** Returns undefined for host names, octets with leading zeros, zones, and everything else that is no address. */
export function parseAddress(text: string): Address | undefined {
  const digits = text.includes(':') ? hexOfIPv6(text) : hexOfIPv4(text);
  return digits && unmapped(digits);
}

/** The address without the prefix of mapped IPv4 addresses. */
export function unmapped(digits: string): Address {
  return digits.length === 32 && digits.startsWith(MAPPED) ? digits.slice(MAPPED.length) : digits;
}

/** The canonical text: dotted for IPv4, for IPv6 that of RFC 5952. */
export function formatAddress(address: Address): string {
  const groups = address.match(isIPv4(address) ? /../g : /..../g) ?? [];
  const numbers = groups.map((digits) => Number.parseInt(digits, 16));
  return isIPv4(address) ? numbers.join('.') : formatIPv6(numbers);
}

/** The longest run of two or more zero groups, the first of equal ones, becomes `::`. */
function formatIPv6(groups: readonly number[]): string {
  const zeros = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros.length < 2) return text(groups);
  return `${text(groups.slice(0, zeros.start))}::${text(groups.slice(zeros.start + zeros.length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}

const OCTET = /^(0|[1-9]\d{0,2})$/;

function hexOfIPv4(text: string): string | undefined {
  const octets = text.split('.', 5);
  if (octets.length !== 4) return undefined;
  if (!octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255)) return undefined;
  return octets.map((octet) => Number(octet).toString(16).padStart(2, '0')).join('');
}

const LONGEST_IPV6 = 45;

function hexOfIPv6(text: string): string | undefined {
  if (text.length > LONGEST_IPV6) return undefined;
  const parts = text.split('::');
  const [before, after] = parts.map(groupsOf);
  if (before === undefined || parts.length > 2) return undefined;
  if (parts.length === 1) return before.length === 32 ? before : undefined;
  // The two colons stand for one group at least.
  if (after === undefined || before.length + after.length > 28) return undefined;
  // An IPv4 address may only be at the end.
  if (parts[0]?.includes('.')) return undefined;
  return before.padEnd(32 - after.length, '0') + after;
}

/** The digits of groups, the last of which may be an IPv4 address; undefined when one of them is neither. */
function groupsOf(text: string): string | undefined {
  if (text === '') return '';
  const groups = text.split(':');
  const digits = groups.map((group, index) =>
    group.includes('.') && index === groups.length - 1 ? hexOfIPv4(group) : hexOfGroup(group),
  );
  return digits.includes(undefined) ? undefined : digits.join('');
}

function hexOfGroup(text: string): string | undefined {
  return /^[0-9a-f]{1,4}$/i.test(text) ? text.toLowerCase().padStart(4, '0') : undefined;
}
