import { createRunClock } from '../../platform/async/run-clock.ts';
import type { InstalledPackage } from '../../platform/machine/packages/installed-package.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import type { RunTerms } from '../module.ts';
import { type Parameters, versionFilter } from './schema.ts';

interface Matches {
  packages: InstalledPackage[];
  limits: string[];
}

/** The share of a result of limited size that packages may take. */
const SHARE = 0.8;
/** Commas between packages. */
const SEPARATOR_BYTES = 1;

/**
 * The packages that match: pattern by pattern, and in the order of the list. One that two patterns match is there twice, as
 * in MIG (spec/modules/pkg.md#matching).
 */
export async function matchPackages(
  installed: readonly InstalledPackage[],
  { parameters, terms }: { parameters: Parameters; terms: RunTerms },
): Promise<Matches> {
  const { matches } = parameters.pkgmatch;
  const hasVersion = versionTest(parameters.vermatch);
  const found = createFound(terms);
  const clock = createRunClock(terms.endsAtMs);
  for (const [index, text] of matches.entries()) {
    const pattern = compilePattern(text);
    for (const one of installed) {
      if (pattern.test(one.name) && hasVersion(one.version)) found.add(one);
      if (clock.isOver())
        return found.finish(`the time was over in pattern ${index + 1} of ${matches.length}`);
      await clock.pause();
    }
  }
  return found.finish();
}

function versionTest(vermatch: string): (version: string) => boolean {
  if (vermatch === '') return () => true;
  const { pattern, isInverted } = versionFilter(vermatch);
  const compiled = compilePattern(pattern);
  return (version) => compiled.test(version) !== isInverted;
}

/** Collects packages up to the size of a result, and counts the rest. */
function createFound({ maxBytes }: RunTerms) {
  const packages: InstalledPackage[] = [];
  let leftBytes = maxBytes * SHARE;
  let missing = 0;
  return {
    add(one: InstalledPackage) {
      leftBytes -= Buffer.byteLength(JSON.stringify(one)) + SEPARATOR_BYTES;
      if (leftBytes < 0) missing++;
      else packages.push(one);
    },
    finish(why?: string): Matches {
      const limits = why === undefined ? [] : [`not all packages were compared: ${why}`];
      if (missing > 0) {
        limits.push(
          `${missing} of ${packages.length + missing} packages were not returned: they may take ${Math.floor(maxBytes * SHARE)} bytes`,
        );
      }
      return { packages, limits };
    },
  };
}
