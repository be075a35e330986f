import { MigError } from '../../contract/errors.ts';
import { isExcepted } from './no-proxy.ts';

/** An HTTP proxy. Its user and password never appear in a log, a status or a heartbeat. */
export interface HttpProxy {
  /** `host:port`. */
  address: string;
  user?: string | undefined;
  password?: string | undefined;
}

const DEFAULT_PORT = '80';
const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?([^/?#]*)\/?$/;
const ADDRESS = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/@[\]]+):(\d{1,5})$/;

/**
 * Parses `host:port`, `user:password@host:port` or `http://…`, as curl and Go do, with %-escapes in user and password.
 * The errors do not repeat the text, which may contain a password.
 */
export function parseProxy(text: string, { defaultPort }: { defaultPort?: string } = {}): HttpProxy {
  const { login, host } = splitUrl(text.trim());
  const address = ADDRESS.test(host) || defaultPort === undefined ? host : `${host}:${defaultPort}`;
  checkAddress(address, host);
  if (login === undefined) return { address };
  const [user, password] = splitLogin(login);
  return { address, user: decodePart(user), password: decodePart(password) };
}

/** Splits `[scheme://][login@]host[:port][/]`; a login may contain `@`. */
function splitUrl(text: string): { login: string | undefined; host: string } {
  const [, scheme, authority = ''] = URL_PARTS.exec(text) ?? [];
  if (scheme !== undefined && scheme.toLowerCase() !== 'http') {
    throw new MigError('config_invalid', `a proxy of ${scheme}:// is not supported, only http://`);
  }
  const at = authority.lastIndexOf('@');
  if (at === -1) return { login: undefined, host: authority };
  return { login: authority.slice(0, at), host: authority.slice(at + 1) };
}

function checkAddress(address: string, host: string): void {
  const [, , port] = ADDRESS.exec(address) ?? [];
  if (port !== undefined && Number(port) >= 1 && Number(port) <= 65_535) return;
  throw new MigError('config_invalid', `${JSON.stringify(host.slice(0, 100))} is not host:port`);
}

/** Splits `user:password` at its first colon. */
function splitLogin(login: string): [user: string, password: string] {
  const colon = login.indexOf(':');
  return colon === -1 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
}

/** The proxy that the environment names for a target, unless `NO_PROXY` excepts it, as in curl and Go. */
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

/** The header with the credentials for a proxy (RFC 7617). */
export function proxyAuthorization({ user, password = '' }: HttpProxy): string | undefined {
  if (user === undefined) return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** The URL of a proxy, as the executable's `fetch` accepts it. */
export function proxyUrl({ address, user, password = '' }: HttpProxy): string {
  const login = user === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
  return `http://${login}${address}`;
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MigError('config_invalid', 'the user or password of the proxy has an invalid % escape');
  }
}
