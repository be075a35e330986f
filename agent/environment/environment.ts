import { networkInterfaces } from 'node:os';
import type { Environment } from '../../contract/agent.ts';
import { moduleNames } from '../../modules/registry.ts';
import { architecture, operatingSystem } from '../../platform/machine/go-platform.ts';
import { detectInit } from '../../platform/machine/init-system.ts';
import type { HttpProxy } from '../../platform/network/proxies.ts';
import { detectAws } from './aws.ts';
import { detectIdent } from './ident.ts';
import { detectPublicIp } from './public-ip.ts';

export interface DetectOptions {
  discoverAws: boolean;
  discoverPublicIp: boolean;
  /** Base URL of the API, which is asked for the public address. */
  api: string | undefined;
  /** To the API. */
  apiProxies: readonly HttpProxy[];
}

/** Detects everything that a target can name (spec/agent.md#environment); unknown facts are omitted. */
export async function detectEnvironment(options: DetectOptions): Promise<Environment> {
  const [ident, publicip, aws] = await Promise.all([
    detectIdent(),
    options.discoverPublicIp && options.api !== undefined
      ? detectPublicIp(options.api, options.apiProxies)
      : undefined,
    options.discoverAws ? detectAws() : undefined,
  ]);
  return {
    init: detectInit(),
    ident,
    os: operatingSystem(),
    arch: architecture(),
    isproxied: false,
    addresses: detectAddresses(),
    ...(publicip === undefined ? {} : { publicip }),
    aws: aws ?? {},
    modules: moduleNames(),
  };
}

/** Every address with its prefix length, in a stable order, without those of the loopback. */
function detectAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .flatMap(({ cidr }) => cidr ?? [])
    .sort();
}
