import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { ApiConfig } from '../config.ts';

const UNKNOWN = '0.0.0.0';
const IPV6_GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The caller's address: that of the socket, or the n-th of X-Forwarded-For counted from its end. */
export function clientAddress(config: Pick<ApiConfig, 'clientIp'>, c: Context): string {
  const [, trustedHops] = /^x-forwarded-for:(\d+)$/.exec(config.clientIp) ?? [];
  if (trustedHops === undefined) return peerAddress(c);
  const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').map((hop) => hop.trim());
  const hop = hops.at(-1 - Number(trustedHops)) ?? hops[0];
  const address = hop === undefined ? UNKNOWN : withoutMapping(hop);
  return isIP(address) ? address : UNKNOWN;
}

/** The network that limits apply to: one caller owns all 2^64 addresses of an IPv6 network. */
export function networkOf(address: string): string {
  return isIP(address) === 6 ? ipv6Groups(address).slice(0, NETWORK_GROUPS).join(':') : address;
}

/** The IPv4 address in one of the form ::ffff:192.0.2.1, which sockets for both families report. */
export function withoutMapping(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  return isIP(plain) === 4 ? plain : address;
}

function peerAddress(c: Context): string {
  try {
    return withoutMapping(getConnInfo(c).remote.address ?? UNKNOWN);
  } catch {
    return UNKNOWN; // a request without a socket, as in tests
  }
}

/** The groups of an IPv6 address, with the zeros that `::` stands for. */
function ipv6Groups(address: string): string[] {
  const [head = [], tail] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  if (tail === undefined) return head;
  const zeros = Array<string>(IPV6_GROUPS - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...tail];
}
