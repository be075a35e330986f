import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';
import type { ApiConfig } from '../config.ts';

const UNKNOWN = '0.0.0.0';

/** The caller's address: of the socket, or the n-th of X-Forwarded-For counted from its end. */
export function clientAddress(config: Pick<ApiConfig, 'clientIp'>, c: Context): string {
  const match = /^x-forwarded-for:(\d+)$/.exec(config.clientIp);
  if (!match) return peerAddress(c);
  const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').map((hop) => hop.trim());
  const address = withoutMapping(hops[Math.max(0, hops.length - 1 - Number(match[1]))] ?? '');
  return isIP(address) ? address : UNKNOWN;
}

/** What limits count by: an IPv6 network of 64 bits belongs to one caller. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter(Boolean).length;
  return [...groups, ...Array<string>(missing).fill('0'), ...(tail?.split(':') ?? [])].slice(0, 4).join(':');
}

function peerAddress(c: Context): string {
  try {
    return withoutMapping(getConnInfo(c).remote.address ?? UNKNOWN);
  } catch {
    return UNKNOWN; // a request without a socket, as in tests
  }
}

/** An IPv4 address as a socket for both kinds gives it, which would put all of them into one network. */
export function withoutMapping(address: string): string {
  const plain = address.replace(/^::ffff:/i, '');
  return isIP(plain) === 4 ? plain : address;
}
