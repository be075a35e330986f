import { type Block, linesThat, linesWith } from './blocks.ts';
import type { Check, Plan } from './checks.ts';

/** How one search looks at the lines of one file. */
interface Inspection {
  plan: Plan;
  checks: Check[];
  /** Checks whose pattern was found in some line. */
  found: Set<Check>;
  /** With macroal: some line did not satisfy some check. */
  hasFailed: boolean;
  hasLines: boolean;
  isDone: boolean;
}

/** Reads a file once for all searches and tells which content checks want it (spec: content). */
export async function inspectContent(
  blocks: AsyncIterable<Block>,
  wanted: ReadonlyMap<Plan, Check[]>,
): Promise<Map<Plan, Set<Check>>> {
  const inspections = [...wanted].map(
    ([plan, checks]): Inspection => ({
      plan,
      checks,
      found: new Set(),
      hasFailed: false,
      hasLines: false,
      isDone: false,
    }),
  );
  for await (const block of blocks) {
    for (const inspection of inspections) {
      if (!inspection.isDone) look(inspection, block);
    }
    if (inspections.every(({ isDone }) => isDone)) break;
  }
  return new Map(inspections.map((inspection) => [inspection.plan, satisfied(inspection)]));
}

function look(inspection: Inspection, block: Block): void {
  inspection.hasLines = true;
  if (inspection.plan.search.options.macroal) {
    inspection.hasFailed = block
      .lines()
      .some((line) => inspection.checks.some(({ pattern, isInverse }) => pattern?.test(line) === isInverse));
    inspection.isDone = inspection.hasFailed;
    return;
  }
  for (const check of inspection.checks) {
    if (!inspection.found.has(check) && isFound(check, block)) inspection.found.add(check);
  }
  inspection.isDone = inspection.found.size === inspection.checks.length;
}

/** Most blocks hold no line that could match: a search for bytes tells, and nothing is decoded. */
function isFound({ pattern }: Check, block: Block): boolean {
  if (!pattern) return false;
  const { literal, filter } = pattern;
  if (literal === undefined && filter === undefined) return block.lines().some((line) => pattern.test(line));
  const candidates = literal ? linesWith(block, literal) : filter ? linesThat(block, filter) : [];
  for (const line of candidates) if (pattern.test(line)) return true;
  return false;
}

function satisfied(inspection: Inspection): Set<Check> {
  const isWanted = inspection.plan.search.options.macroal ? isWantedOnAllLines : isWantedOnSomeLine;
  return new Set(inspection.checks.filter((check) => isWanted(inspection, check)));
}

function isWantedOnSomeLine({ found }: Inspection, check: Check): boolean {
  return (found.has(check) !== check.isInverse) !== check.isMismatch;
}

/** A file without lines satisfies "no line does" and, all checks taken together, any mismatch. */
function isWantedOnAllLines({ hasLines, hasFailed, plan }: Inspection, check: Check): boolean {
  if (!hasLines) return check.isInverse || (check.isMismatch && plan.search.options.matchall);
  return hasFailed === check.isMismatch;
}
