import { BlockList, isIP } from 'node:net';
import { MigError } from '../../contract/errors.ts';

/** An HTTP proxy. Its user and password are in no log, no status and no heartbeat. */
export interface HttpProxy {
  /** `host:port`. */
  address: string;
  user?: string | undefined;
  password?: string | undefined;
}

const DEFAULT_PORT = '80';
const ADDRESS = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/@[\]]+):(\d{1,5})$/;

/**
 * Reads `host:port`, `user:password@host:port` or `http://…`, as curl and Go do: what stands for itself in user and
 * password is written as %-escapes. Throws without the text, which may hold a password.
 */
export function parseProxy(text: string, { defaultPort }: { defaultPort?: string } = {}): HttpProxy {
  const [, scheme, rest = ''] = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)\/?$/.exec(text.trim()) ?? [];
  if (scheme !== undefined && scheme.toLowerCase() !== 'http') {
    throw new MigError('config_invalid', `a proxy of ${scheme}:// is not supported, only http://`);
  }
  const at = rest.lastIndexOf('@');
  const [user, password] = at === -1 ? [] : splitOnce(rest.slice(0, at));
  const host = rest.slice(at + 1);
  const address = ADDRESS.test(host) || defaultPort === undefined ? host : `${host}:${defaultPort}`;
  const port = Number(ADDRESS.exec(address)?.[2] ?? Number.NaN);
  if (!(port >= 1 && port <= 65_535)) {
    throw new MigError('config_invalid', `${JSON.stringify(host.slice(0, 100))} is not host:port`);
  }
  if (user === undefined) return { address };
  return { address, user: unescaped(user), password: unescaped(password ?? '') };
}

/** Of the environment: the proxy for `host:port`, unless `NO_PROXY` excepts it; as curl and Go take them. */
export function environmentProxy(
  env: Record<string, string | undefined>,
  target: { host: string; port: number } | undefined,
): HttpProxy | undefined {
  const text = env.https_proxy || env.HTTPS_PROXY;
  if (!text) return undefined;
  const exceptions = env.no_proxy || env.NO_PROXY || '';
  if (target !== undefined && isExcepted(target, exceptions)) return undefined;
  try {
    return parseProxy(text, { defaultPort: DEFAULT_PORT });
  } catch (error) {
    throw error instanceof MigError ? new MigError(error.code, `https_proxy: ${error.message}`) : error;
  }
}

/**
 * Go's rules for NO_PROXY: `*`; an address or a range of them; a domain with what is below it, or, behind a dot, only
 * what is below it; each with a port or without. The machine itself is always reached directly.
 */
export function isExcepted({ host, port }: { host: string; port: number }, exceptions: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  if (name === 'localhost' || isLoopback(name)) return true;
  return exceptions
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const { domain, onlyPort } = splitPort(entry);
      if (onlyPort !== undefined && onlyPort !== port) return false;
      return isIP(name) === 0 ? isBelow(name, domain) : isInRange(name, domain);
    });
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
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix <= most)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function isLoopback(name: string): boolean {
  return isIP(name) !== 0 && (isInRange(name, '127.0.0.0/8') || isInRange(name, '::1/128'));
}

/** What a proxy is told of who asks (RFC 7617). */
export function proxyAuthorization({ user, password = '' }: HttpProxy): string | undefined {
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** As the runtime of the executable takes a proxy in `fetch`. */
export function proxyUrl({ address, user, password = '' }: HttpProxy): string {
  const login = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  return `http://${login}${address}`;
}

function splitOnce(text: string): [string, string | undefined] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MigError('config_invalid', 'a % in the user or password of the proxy begins no valid escape');
  }
}
