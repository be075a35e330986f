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

/** Looks at the blocks of one file for all searches and tells which content checks want it (spec: content). */
export class ContentInspector {
  readonly #inspections: Inspection[];

  constructor(plans: readonly Plan[]) {
    this.#inspections = plans.map((plan) => ({
      ...{ plan, checks: plan.contents, found: new Set() },
      ...{ hasFailed: false, hasLines: false, isDone: false },
    }));
  }

  /** False when nothing that comes can change the answer. */
  look(block: Block): boolean {
    let isDone = true;
    for (const inspection of this.#inspections) {
      if (!inspection.isDone) look(inspection, block);
      isDone &&= inspection.isDone;
    }
    return !isDone;
  }

  /** The checks that want the file, by search. */
  wanted(): Map<Plan, Set<Check>> {
    return new Map(this.#inspections.map((inspection) => [inspection.plan, satisfied(inspection)]));
  }
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
  if (literal !== undefined && !block.bytes.includes(literal)) return false;
  // Where the literal is in every line, going from one to the next costs more than one search through the block.
  const candidates = filter ? linesThat(block, filter) : literal ? linesWith(block, literal) : [];
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
