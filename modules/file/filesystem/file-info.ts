import { type BigIntStats, type Stats, statSync } from 'node:fs';
import { formatTime } from '../../../contract/go/time.ts';
import { type Path, toSystemPath } from '../../../platform/machine/directory/system-path.ts';

export interface FileInfo {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly mode: number;
}

/** What only the checks read that MIG does not have. */
export interface FileAttributes extends FileInfo {
  readonly uid: number;
  readonly gid: number;
  readonly ctimeNs: bigint;
  /** When the file was created; undefined where its file system records no such time. */
  readonly btimeNs: bigint | undefined;
}

/** Calls stat on first use: most checks need only the name. A getter throws if the file no longer exists. */
export class LazyFileInfo implements FileAttributes {
  readonly #path: Path;
  #stats: Stats | undefined;
  #exact: BigIntStats | undefined;

  constructor(path: Path) {
    this.#path = path;
  }

  get size(): number {
    this.#stats ??= statSync(toSystemPath(this.#path));
    return this.#stats.size;
  }

  get mode(): number {
    this.#stats ??= statSync(toSystemPath(this.#path));
    return this.#stats.mode;
  }

  get uid(): number {
    this.#stats ??= statSync(toSystemPath(this.#path));
    return this.#stats.uid;
  }

  get gid(): number {
    this.#stats ??= statSync(toSystemPath(this.#path));
    return this.#stats.gid;
  }

  get mtimeNs(): bigint {
    return this.#times().mtimeNs;
  }

  get ctimeNs(): bigint {
    return this.#times().ctimeNs;
  }

  get btimeNs(): bigint | undefined {
    const { birthtimeNs } = this.#times();
    return birthtimeNs === 0n ? undefined : birthtimeNs;
  }

  /** Only big integers hold nanoseconds. */
  #times(): BigIntStats {
    this.#exact ??= statSync(toSystemPath(this.#path), { bigint: true });
    return this.#exact;
  }
}

export function statFile(path: Path): FileInfo {
  const { size, mtimeNs, mode } = statSync(toSystemPath(path), { bigint: true });
  return { size: Number(size), mtimeNs, mode: Number(mode) };
}

/**
 * Formats a mode as Go does: type letters, where `u`, `g`, `t` replace the dash, then nine letters
 * (spec/modules/file.md#mode-string).
 */
export function formatMode({ mode }: Pick<FileInfo, 'mode'>): string {
  const letters =
    (TYPE_LETTERS.get(mode & 0o170000) ?? '') +
    (mode & 0o4000 ? 'u' : '') +
    (mode & 0o2000 ? 'g' : '') +
    (mode & 0o1000 ? 't' : '');
  const bits = 'rwxrwxrwx'.split('').map((letter, i) => (mode & (1 << (8 - i)) ? letter : '-'));
  return `${letters || '-'}${bits.join('')}`;
}

/** Go's order of letters is d a l T L D p S u g c t ?, and only D and c appear together. */
const TYPE_LETTERS: ReadonlyMap<number, string> = new Map([
  [0o040000, 'd'],
  [0o120000, 'L'],
  [0o060000, 'D'],
  [0o020000, 'Dc'],
  [0o010000, 'p'],
  [0o140000, 'S'],
]);

/** Yields every text that `formatMode` can return. */
export function* allModes(): Generator<string> {
  for (const type of [0o100000, ...TYPE_LETTERS.keys()]) {
    for (let bits = 0; bits <= 0o7777; bits++) yield formatMode({ mode: type | bits });
  }
}

/** Formats a time as Go does, up to nanoseconds: `2020-01-02 03:04:05.5 +0000 UTC`. */
export function formatGoTime(ns: bigint): string {
  let seconds = ns / 1_000_000_000n;
  let nanoseconds = ns % 1_000_000_000n;
  if (nanoseconds < 0n) {
    nanoseconds += 1_000_000_000n;
    seconds -= 1n;
  }
  const whole = formatTime({ seconds: Number(seconds), micros: 0 })
    .replace('T', ' ')
    .replace('Z', '');
  const fraction = nanoseconds === 0n ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${whole}${fraction} +0000 UTC`;
}
