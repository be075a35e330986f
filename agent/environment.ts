import { existsSync, readFileSync } from 'node:fs';
import { arch, networkInterfaces, release, type } from 'node:os';
import type { Environment } from '../contract/agent.ts';
import { MODULE_NAMES } from '../modules/registry.ts';

/** Go's names for platforms, which are on the wire. */
export function operatingSystem(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

export function detectEnvironment(): Environment {
  return {
    init: detectInit(),
    ident: detectIdent(),
    os: operatingSystem(),
    arch: { x64: 'amd64', ia32: '386' }[arch() as string] ?? arch(),
    isproxied: false,
    addresses: detectAddresses(),
    aws: {},
    modules: [...MODULE_NAMES],
  };
}

function detectInit(): string {
  if (process.platform === 'darwin') return 'launchd';
  if (process.platform === 'win32') return 'windows';
  if (existsSync('/run/systemd/system')) return 'systemd';
  return existsSync('/sbin/initctl') ? 'upstart' : 'sysvinit';
}

function detectIdent(): string {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(release)?.[1];
    if (name) return name;
  } catch {
    // not a Linux distribution
  }
  return `${type()} ${release()}`;
}

function detectAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .flatMap(({ cidr }) => cidr ?? []);
}
