import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, homedir, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { MigError } from '../../contract/errors.ts';

const BUN_VERSION = '1.4.5';

export interface Target {
  /** Go's names, as in the agents' environment. */
  os: 'linux' | 'darwin' | 'windows';
  arch: 'amd64' | 'arm64';
  /** Name of bun's package, and the digest of its archive as the registry gives it. */
  bun: string;
  integrity: string;
}

/** Builds for x86-64 take the variant without AVX2 where there is one: endpoints are old. */
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

/** The compiler that runs here: the runtime of this machine. */
export function bunCompiler(): string {
  return bunRuntime(selectTarget(nativeName()));
}

/** The target of that name; throws with the list of them. */
export function selectTarget(name: string): Target {
  const found = TARGETS.find((one) => targetName(one) === name);
  if (found) return found;
  throw new MigError('usage', `no target ${name}; there are ${TARGETS.map(targetName).join(', ')}`);
}

export function nativeName(): string {
  const os = platform() === 'win32' ? 'windows' : platform();
  return `${os}-${arch() === 'x64' ? 'amd64' : arch()}`;
}

/**
 * The runtime that goes into an executable of the target: from the npm registry that this machine uses, checked
 * against the digest above, and kept under ~/.cache/mig.
 */
export function bunRuntime(target: Target): string {
  const installed = installedRuntime(target);
  if (installed !== undefined) return installed;
  const folder = join(homedir(), '.cache', 'mig', `bun-${BUN_VERSION}`, target.bun);
  const file = join(folder, 'bin', target.os === 'windows' ? 'bun.exe' : 'bun');
  if (existsSync(file)) return file;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const name = `@oven/${target.bun}@${BUN_VERSION}`;
    execFileSync('npm', ['pack', '--silent', '--pack-destination', work, name], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const archive = join(work, `oven-${target.bun}-${BUN_VERSION}.tgz`);
    const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (digest !== target.integrity)
      throw new Error(`${name}: the archive has digest ${digest}, not the known one`);
    execFileSync('tar', ['-xzf', archive, '-C', work]);
    if (!existsSync(folder)) renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return file;
}

/** npm has installed the one for Linux on x86-64 with everything else. */
function installedRuntime({ bun }: Target): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(`@oven/${bun}/bin/bun`);
    chmodSync(file, 0o755);
    return file;
  } catch {
    return undefined;
  }
}
