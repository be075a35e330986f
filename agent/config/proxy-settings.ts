import { errorMessage, MigError } from '../../contract/errors.ts';
import { readEnv } from '../../platform/config.ts';
import { environmentProxy, type HttpProxy, parseProxy } from '../../platform/network/proxies.ts';
import type { RelayOptions } from '../../platform/rabbitmq/session.ts';
import type { Warn } from './sources.ts';

/** Proxies, in the order in which they are tried. */
export interface ProxySettings {
  /** To the relay: the configured proxies, then that of the environment; a direct connection comes last. */
  proxies: HttpProxy[];
  /** To the API, likewise. */
  apiProxies: HttpProxy[];
  configuredProxies: HttpProxy[];
}

/** An address that is reached over TLS. */
interface TlsTarget {
  host: string;
  port: number;
}

/** The environment's `https_proxy` is for TLS alone. */
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
  const proxiesTo = (target: TlsTarget | undefined) =>
    target === undefined ? configuredProxies : [...configuredProxies, ...environmentProxies(target, warn)];
  return {
    configuredProxies,
    proxies: proxiesTo(relay?.ca === undefined ? undefined : relay),
    apiProxies: proxiesTo(api === undefined ? undefined : tlsTarget(api)),
  };
}

/** Parses one line of the setting: proxies between commas. */
export function parseProxies(text: string): HttpProxy[] {
  const texts = text.split(',').filter((proxy) => proxy.trim() !== '');
  try {
    return texts.map((proxy) => parseProxy(proxy));
  } catch (error) {
    throw new MigError('config_invalid', `[agent] proxies: ${errorMessage(error)}`);
  }
}

/** As in MIG. A damaged variable must not end the agent. */
function environmentProxies(target: TlsTarget, warn: Warn): HttpProxy[] {
  try {
    return [environmentProxy(readEnv(), target)].filter((proxy) => proxy !== undefined);
  } catch (error) {
    warn(`${errorMessage(error)}; it is not used`);
    return [];
  }
}

/** Undefined when the URL does not lead over TLS. */
function tlsTarget(url: string): TlsTarget | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  return protocol === 'https:' ? { host: hostname, port: Number(port) || 443 } : undefined;
}
