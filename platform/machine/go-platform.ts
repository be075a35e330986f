import { arch } from 'node:os';

/** Go's names for platforms, which are on the wire. */
export function operatingSystem(): string {
  return process.platform === 'win32' ? 'windows' : process.platform;
}

export function architecture(): string {
  return { x64: 'amd64', ia32: '386' }[arch() as string] ?? arch();
}
