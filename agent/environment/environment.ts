import { networkInterfaces } from 'node:os';
import type { Environment } from '../../contract/agent.ts';
import { moduleNames } from '../../modules/registry.ts';
import { architecture, operatingSystem } from '../../platform/machine/go-platform.ts';
import { detectInit } from '../../platform/machine/init-system.ts';
import type { HttpProxy } from '../../platform/network/proxies.ts';
import { detectAws } from './aws.ts';
import { createIdentDetector } from './ident.ts';
import { detectPublicIp } from './public-ip.ts';

export interface DetectOptions {
  discoverAws: boolean;
  discoverPublicIp: boolean;
  /** Base URL of the API, which returns the public address. */
  api: string | undefined;
  /** Proxies to the API. */
  apiProxies: readonly HttpProxy[];
}

export type EnvironmentDetector = () => Promise<Environment>;

/** Returns a function that detects everything that a target can name (spec/agent.md#environment). */
export function createEnvironmentDetector(options: DetectOptions): EnvironmentDetector {
  const detectIdent = createIdentDetector();
  return () => detectEnvironment(options, detectIdent);
}

/** Unknown facts are omitted. */
async function detectEnvironment(
  options: DetectOptions,
  detectIdent: () => Promise<string>,
): Promise<Environment> {
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
    publicip,
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
