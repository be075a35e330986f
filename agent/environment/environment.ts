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
  /** Base URL of the API, asked for the public address. */
  api: string | undefined;
  /** On the way to it. */
  apiProxies: readonly HttpProxy[];
}

/** Everything that an investigator can target by (spec/agent.md#environment); what cannot be found is left out. */
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

/** Every address with its prefix length but those of the loopback, in a stable order. */
function detectAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .flatMap(({ cidr }) => cidr ?? [])
    .sort();
}
