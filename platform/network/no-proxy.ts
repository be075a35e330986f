import { BlockList, isIP } from 'node:net';

interface Target {
  host: string;
  port: number;
}

/**
 * Applies Go's rules for NO_PROXY: `*`; an address or a range of addresses; a domain with its subdomains, or only the
 * subdomains if a dot precedes it; each with an optional port. This machine is always reached directly.
 */
export function isExcepted({ host, port }: Target, exceptions: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (name === 'localhost' || isLoopback(name)) return true;
  return exceptions
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => matches(entry, { name, port }));
}

function matches(entry: string, { name, port }: { name: string; port: number }): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const { domain, onlyPort } = splitPort(entry);
  if (onlyPort !== undefined && onlyPort !== port) return false;
  return isIP(name) === 0 ? isBelow(name, domain) : isInRange(name, domain);
}

function splitPort(entry: string): { domain: string; onlyPort: number | undefined } {
  const [, bracketed, bracketPort] = /^\[([^\]]+)\](?::(\d+))?$/.exec(entry) ?? [];
  if (bracketed !== undefined) {
    return { domain: bracketed, onlyPort: bracketPort === undefined ? undefined : Number(bracketPort) };
  }
  const [, domain, port] = /^([^:]+):(\d+)$/.exec(entry) ?? [];
  return domain === undefined ? { domain: entry, onlyPort: undefined } : { domain, onlyPort: Number(port) };
}

function isBelow(name: string, entry: string): boolean {
  const domain = entry.replace(/^\*\./, '.');
  if (domain.startsWith('.')) return domain.length > 1 && name.endsWith(domain);
  return name === domain || name.endsWith(`.${domain}`);
}

function isInRange(address: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = isIP(network);
  if (family === 0) return false;
  const maxPrefix = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? maxPrefix : parsePrefix(bits);
  if (prefix === undefined || prefix > maxPrefix) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function parsePrefix(bits: string): number | undefined {
  return /^\d{1,3}$/.test(bits) ? Number(bits) : undefined;
}

function isLoopback(name: string): boolean {
  return isIP(name) !== 0 && (isInRange(name, '127.0.0.0/8') || isInRange(name, '::1/128'));
}
