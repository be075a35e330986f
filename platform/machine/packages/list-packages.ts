import { goErrno } from '../../../contract/go/errno.ts';
import { createRunClock, type RunClock } from '../../async/run-clock.ts';
import { DatabaseDamaged } from './database-file.ts';
import { findStatusFiles, readStatus } from './dpkg-status.ts';
import type { InstalledPackage } from './installed-package.ts';
import { DPKG, type PackageProgram, RPM } from './package-programs.ts';
import { ProgramCut, ProgramFailed, ProgramMissing, programLines } from './program-lines.ts';
import { findRpmDatabases, readRpmDatabase } from './rpm-database.ts';

export interface PackageListing {
  packages: InstalledPackage[];
  /** What could not be read, and why. */
  errors: string[];
  /** Those of the errors that report a limit: packages behind it are missing. */
  limits: string[];
}

interface Options {
  /** The time to end by, on the clock of `performance.now()`. */
  endsAtMs: number;
  /** Where the databases are; `/` on an endpoint. */
  root?: string;
}

/** More than any system has, and few enough to be held. */
const MAX_PACKAGES = 200_000;
const MAX_OUTPUT_BYTES = 256 * 1024 ** 2;
const MAX_PROGRAM_MS = 120_000;
/** Longer texts are no names or versions. */
const MAX_TEXT_LENGTH = 1024;

/**
 * Lists the installed packages: of rpm first, then of dpkg, as MIG does. Each is asked by its program on the PATH, or read
 * from its database where there is no program (spec/modules/pkg.md#sources).
 */
export async function listPackages({ endsAtMs, root = '/' }: Options): Promise<PackageListing> {
  const list = new PackageList(endsAtMs);
  let sources = 0;
  for (const { program, databases, read } of SOURCES) {
    if (await askProgram(program, list)) {
      sources++;
      continue;
    }
    for (const path of list.find(() => databases(root))) {
      sources++;
      await list.take(path, read(path));
    }
  }
  if (sources === 0) list.errors.push(noSource());
  return { packages: list.packages, errors: list.errors, limits: list.limits };
}

const SOURCES = [
  { program: RPM, databases: findRpmDatabases, read: readRpmDatabase },
  { program: DPKG, databases: findStatusFiles, read: readStatus },
] as const;

function noSource(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const what = 'there is no rpm and no dpkg, nor a database of one: packages of other kinds are not listed';
  return os === 'linux' ? what : `not supported on ${os}: ${what}`;
}

/** Returns false when there is no such program. */
async function askProgram(program: PackageProgram, list: PackageList): Promise<boolean> {
  const endsAtMs = Math.min(list.endsAtMs, performance.now() + MAX_PROGRAM_MS);
  try {
    await list.take(program.name, packagesOf(program, endsAtMs));
    return true;
  } catch (error) {
    if (error instanceof ProgramMissing) return false;
    throw error;
  }
}

async function* packagesOf(program: PackageProgram, endsAtMs: number) {
  for await (const line of programLines(program, { endsAtMs, maxBytes: MAX_OUTPUT_BYTES })) {
    yield program.parseLine(line);
  }
}

type Found = InstalledPackage | undefined;

/** The packages of all sources, up to the limits of time and number. */
class PackageList {
  readonly packages: InstalledPackage[] = [];
  readonly errors: string[] = [];
  readonly limits: string[] = [];
  readonly endsAtMs: number;
  readonly #clock: RunClock;

  constructor(endsAtMs: number) {
    this.endsAtMs = endsAtMs;
    this.#clock = createRunClock(endsAtMs);
  }

  /** Finds databases; an error says why their folder cannot be read. */
  find(databases: () => string[]): string[] {
    try {
      return databases();
    } catch (error) {
      const { path = 'a folder of databases' } = error as NodeJS.ErrnoException;
      this.errors.push(`${path}: ${goErrno(error)}`);
      return [];
    }
  }

  /** Takes what a source finds. Throws ProgramMissing, and what is a defect. */
  async take(source: string, found: Iterable<Found> | AsyncIterable<Found>): Promise<void> {
    let tooLong = 0;
    let taken = 0;
    try {
      for await (const one of found) {
        const why = this.#whyFull();
        if (why !== undefined) return this.#limit(`${source} was not read to its end: ${why}`);
        await this.#clock.pause();
        if (!one) continue;
        taken++;
        if (isTooLong(one)) tooLong++;
        else this.packages.push(one);
      }
    } catch (error) {
      this.#note(source, taken, error);
    }
    if (tooLong > 0)
      this.#limit(`${source}: ${tooLong} packages have names or versions over ${MAX_TEXT_LENGTH} characters`);
  }

  #whyFull(): string | undefined {
    if (this.#clock.isOver()) return `the time was over after ${this.packages.length} packages`;
    if (this.packages.length >= MAX_PACKAGES) return `there are more than ${MAX_PACKAGES} packages`;
    return undefined;
  }

  #note(source: string, taken: number, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof ProgramCut) this.#limit(`${error.message} after ${taken} packages`);
    else if (error instanceof ProgramFailed) this.errors.push(error.message);
    else if (error instanceof DatabaseDamaged || code !== undefined) {
      this.errors.push(`${source} was read up to its package ${taken}: ${goErrno(error)}`);
    } else throw error;
  }

  #limit(text: string): void {
    this.errors.push(text);
    this.limits.push(text);
  }
}

function isTooLong({ name, version, arch }: InstalledPackage): boolean {
  return [name, version, arch].some((text) => text.length > MAX_TEXT_LENGTH);
}
