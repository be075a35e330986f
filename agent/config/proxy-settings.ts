import { errorMessage, MigError } from '../../contract/errors.ts';
import { readEnv } from '../../platform/config.ts';
import { environmentProxy, type HttpProxy, parseProxy } from '../../platform/network/proxies.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import type { Warn } from './sources.ts';

/** Proxies, in the order in which they are tried. */
export interface ProxySettings {
  /** Proxies to the relay: the configured ones, then that of the environment. A direct connection is the last resort. */
  proxies: HttpProxy[];
  /** Proxies to the API, in the same order. */
  apiProxies: HttpProxy[];
  configuredProxies: HttpProxy[];
}

/** An address for a TLS connection. */
interface TlsTarget {
  host: string;
  port: number;
}

/** The proxy of the environment, `https_proxy`, is used only for TLS. */
export function readProxySettings({
  relay,
  api,
  configuredProxies,
  warn,
}: {
  relay: RelayOptions | undefined;
  api: string | undefined;
  configuredProxies: HttpProxy[];
  warn: Warn;
}): ProxySettings {
  const isTls = relay?.ca !== undefined;
  return {
    configuredProxies,
    proxies: isTls ? [...configuredProxies, ...environmentProxies(relay, warn)] : configuredProxies,
    apiProxies: api === undefined ? configuredProxies : proxiesToApi(api, { configuredProxies, warn }),
  };
}

/** The configured proxies, then that of the environment. */
export function proxiesToApi(
  api: string,
  { configuredProxies, warn }: { configuredProxies: readonly HttpProxy[]; warn: Warn },
): HttpProxy[] {
  const target = tlsTarget(api);
  return target === undefined
    ? [...configuredProxies]
    : [...configuredProxies, ...environmentProxies(target, warn)];
}

/** Parses one line of the setting: proxies, separated by commas. */
export function parseProxies(setting: string, text: string): HttpProxy[] {
  const texts = text.split(',').filter((proxy) => proxy.trim() !== '');
  try {
    return texts.map((proxy) => parseProxy(proxy));
  } catch (error) {
    throw new MigError('config_invalid', `${setting}: ${errorMessage(error)}`);
  }
}

/** As in MIG. A malformed variable must not end the agent. */
function environmentProxies(target: TlsTarget, warn: Warn): HttpProxy[] {
  try {
    return [environmentProxy(readEnv(), target)].filter((proxy) => proxy !== undefined);
  } catch (error) {
    warn(`${errorMessage(error)}; it is not used`);
    return [];
  }
}

/** Undefined for a URL without TLS. */
function tlsTarget(url: string): TlsTarget | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  return protocol === 'https:' ? { host: hostname, port: Number(port) || 443 } : undefined;
}
