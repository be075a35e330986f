import { compilePattern } from '../../../platform/re2/regexp.ts';
import { compareEvr } from '../evr.ts';
import type { Package } from '../schema.ts';
import type { Session } from '../session.ts';
import type { Criterion } from '../source.ts';

/** The versions of the packages with this name, or whose names match (spec/modules/scribe.md#sources). */
export async function readPackage(source: Package, session: Session): Promise<Criterion[]> {
  const isWanted = nameTest(source);
  const criteria: Criterion[] = [];
  for (const { name, version } of await session.packages()) {
    if (isWanted(name)) criteria.push({ identifier: name, value: version });
  }
  await session.readingClock.pause();
  return source.onlynewest ? newestOf(criteria) : criteria;
}

function nameTest({ name, collectmatch }: Package): (name: string) => boolean {
  if (collectmatch === '') return (one) => one === name;
  const pattern = compilePattern(collectmatch);
  return (one) => pattern.test(one);
}

/** The first of the greatest versions. */
function newestOf(criteria: readonly Criterion[]): Criterion[] {
  const [first, ...others] = criteria;
  if (first === undefined) return [];
  return [others.reduce((newest, one) => (compareEvr(one.value, newest.value) > 0 ? one : newest), first)];
}
