import { lstatSync } from 'node:fs';
import { type Path, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import { isAtOrBelow } from '../filesystem/paths.ts';

/** The files that a search or a check found. */
export type Matches = Set<Path>;

/** Only counts, where no file is visited twice: any number of matches needs no memory. */
class CountedMatches extends Set<Path> {
  #count = 0;

  override get size(): number {
    return this.#count;
  }

  override has(): boolean {
    return false;
  }

  override add(): this {
    this.#count++;
    return this;
  }
}

/** Returns true when no walk of these roots visits a file twice: none is inside another, and none is a link. */
export function areDisjoint(roots: readonly Path[]): boolean {
  const unique = [...new Set(roots)];
  return unique.every(
    (root) => !isLink(root) && unique.every((other) => other === root || !isAtOrBelow(root, other)),
  );
}

function isLink(path: Path): boolean {
  try {
    return lstatSync(toSystemPath(path)).isSymbolicLink();
  } catch {
    return false; // The walk reports the error.
  }
}

export function createMatches({ onlyCounts }: { onlyCounts: boolean }): Matches {
  return onlyCounts ? new CountedMatches() : new Set();
}
