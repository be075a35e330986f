import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = /^(?:.*\/)?(node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/** A package of others that is in a program which we ship. */
export interface BundledPackage {
  name: string;
  version: string;
  /** An SPDX expression. */
  licence: string;
  author: string | undefined;
  /** The texts of its files about its licence. */
  licenceTexts: string[];
  /** The SHA-512 of its archive in the registry, in hex. */
  sha512: string | undefined;
  /** The names of the packages that it needs. */
  dependencies: string[];
}

interface Manifest {
  name: string;
  version: string;
  license?: string;
  author?: string | { name?: string };
  dependencies?: Record<string, string>;
}

/** The packages that sources belong to, ordered by name. The sources are those that a bundler says it has read. */
export function bundledPackages(sources: readonly string[]): BundledPackage[] {
  const folders = new Set(sources.flatMap((source) => FOLDER.exec(source)?.[1] ?? []));
  const locked = readLock();
  return [...folders]
    .map((folder) => readPackage(folder, locked))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function readPackage(folder: string, locked: Record<string, { integrity?: string }>): BundledPackage {
  const path = join(ROOT, folder);
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license, author, dependencies = {} } = manifest;
  if (license === undefined) throw new Error(`${name} names no licence: it cannot be shipped`);
  const files = readdirSync(path).filter((file) => LICENCE_FILE.test(file));
  return {
    name,
    version,
    licence: license,
    author: typeof author === 'string' ? author : author?.name,
    licenceTexts: files.sort().map((file) => readFileSync(join(path, file), 'utf8')),
    sha512: sha512Of(locked[folder]?.integrity),
    dependencies: Object.keys(dependencies),
  };
}

function readLock(): Record<string, { integrity?: string }> {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { integrity?: string }>;
  };
  return lock.packages;
}

/** The hex digits of `sha512-<base64>`. */
export function sha512Of(integrity: string | undefined): string | undefined {
  const base64 = /^sha512-(\S+)$/.exec(integrity ?? '')?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}
