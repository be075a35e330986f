import { type Address, isIPv4, parseAddress } from '../../contract/go/ip-address.ts';
import { isInNetwork, type Network, parseNetwork } from '../../contract/go/ip-network.ts';

/** What the registries of IANA call special, and the address by which Azure's machines reach their host. */
const SPECIAL_IPV4 = networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
/** The only part of IPv6 that is assigned to hosts of the internet. */
const GLOBAL_IPV6 = networks(['2000::/3']);
/** Within it: protocols and tunnels (Teredo, 6to4), which lead to other addresses, and documentation. */
const SPECIAL_IPV6 = networks(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);
/** NAT64 (RFC 6052): the last 32 bits are the IPv4 address that a gateway connects to. */
const NAT64 = networks(['64:ff9b::/96']);
const IPV4_DIGITS = 8;

const LOOPBACK = networks(['127.0.0.0/8', '::1/128']);

/** An address of the internet: not private, local, multicast, reserved, or a way to one of these. False for other text. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && isPublic(address);
}

export function isLoopbackAddress(text: string): boolean {
  return isAddressIn(text, LOOPBACK);
}

/** Whether a text is an address of one of these networks. */
export function isAddressIn(text: string, among: readonly Network[]): boolean {
  const address = parseAddress(text);
  return address !== undefined && isIn(address, among);
}

function isPublic(address: Address): boolean {
  if (isIPv4(address)) return !isIn(address, SPECIAL_IPV4);
  if (isIn(address, NAT64)) return isPublic(address.slice(-IPV4_DIGITS));
  return isIn(address, GLOBAL_IPV6) && !isIn(address, SPECIAL_IPV6);
}

function isIn(address: Address, among: readonly Network[]): boolean {
  return among.some((network) => isInNetwork(address, network));
}

function networks(texts: readonly string[]): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (network === undefined) throw new Error(`${text} is no network`);
    return network;
  });
}
