import { arch, platform } from 'node:os';
import { MigError } from '../../contract/errors.ts';

export interface Target {
  /** Go's names, as in the agents' environment. */
  os: 'linux' | 'darwin' | 'windows';
  arch: 'amd64' | 'arm64';
  /** Name of bun's package. */
  bun: string;
  /** Digest of the package's archive, as published by the registry. */
  integrity: string;
}

/** On x86-64 the variant without AVX2 where there is one: some endpoints are old. */
export const TARGETS: readonly Target[] = [
  {
    os: 'linux',
    arch: 'amd64',
    bun: 'bun-linux-x64-baseline',
    integrity:
      'sha512-s8yMwYcFnnrA178gji0gZbkE2WVDej/Ti1x770oPfihxyRxSMNhGhiAQNXV53aDeraZxksdvKV/RAdQBCd0qPA==',
  },
  {
    os: 'linux',
    arch: 'arm64',
    bun: 'bun-linux-aarch64',
    integrity:
      'sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==',
  },
  {
    os: 'darwin',
    arch: 'amd64',
    bun: 'bun-darwin-x64-baseline',
    integrity:
      'sha512-zqfLA5A4B+hYMh5WYzYSot3uZ06FzhdP0OEwQisEzdirYtXGj5cQFlfy31BGfNsAsk1Gd/w/OxJ/jqqJ3cMclw==',
  },
  {
    os: 'darwin',
    arch: 'arm64',
    bun: 'bun-darwin-aarch64',
    integrity:
      'sha512-4MIFXHmctH2EhAxLXm2/qxNtv17dFtLJylvaOCsrgq6KSqHTs6eW5YSrJjRbJxYUJaR901fsN8JfZOa+CsWpWQ==',
  },
  {
    os: 'windows',
    arch: 'amd64',
    bun: 'bun-windows-x64-baseline',
    integrity:
      'sha512-/U3Dc74uGqE6EUqef7mPtg9KwJs7iJH4JHRMfIZIn18MrJh6Xz4gVvWDXRvzCL2j8wPlTnJVyrO4n7Qq4uM7TQ==',
  },
];

export function targetName({ os, arch }: Target): string {
  return `${os}-${arch}`;
}

/** Returns the target of that name. Throws with the list of all targets when there is none. */
export function selectTarget(name: string): Target {
  const found = TARGETS.find((one) => targetName(one) === name);
  if (found) return found;
  throw new MigError('usage', `no target ${name}; there are ${TARGETS.map(targetName).join(', ')}`);
}

export function nativeName(): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  return `${os}-${arch() === 'x64' ? 'amd64' : arch()}`;
}
