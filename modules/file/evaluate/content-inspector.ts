import { decodeUtf8 } from '../../../contract/go/utf8.ts';
import type { Edges } from '../../../platform/re2/pieces.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import { type Block, linesContaining, linesFoundBy } from './block.ts';
import { OVERLAP_BYTES } from './block-cutter.ts';

/** The state of one search in the inspection of one file. */
interface Inspection {
  plan: Plan;
  checks: Check[];
  /** Checks whose pattern was found in some line. */
  found: Set<Check>;
  /** With macroal: whether some line failed some check. */
  hasFailedLine: boolean;
  hasLines: boolean;
  isDecided: boolean;
  /** With macroal: checks found so far in a line that is in pieces. */
  foundInLine: Set<Check> | undefined;
}

/**
 * Inspects the blocks of one file for all searches and decides which content checks the file passes
 * (spec/modules/file.md#content).
 */
export class ContentInspector {
  readonly #inspections: Inspection[];
  /** Checks whose match may be longer than the overlap of two pieces of a line. */
  #uncertain: Set<Check> | undefined;

  constructor(plans: readonly Plan[]) {
    this.#inspections = plans.map((plan) => ({
      plan,
      checks: plan.contents,
      found: new Set(),
      hasFailedLine: false,
      hasLines: false,
      isDecided: false,
      foundInLine: undefined,
    }));
  }

  /** Returns true once no further block can change the answer. */
  inspect(block: Block): boolean {
    if (block.edges?.isEnd === false) this.#noteUncertain(block.bytes);
    let areDecided = true;
    for (const inspection of this.#inspections) {
      if (!inspection.isDecided) inspectBlock(inspection, block);
      areDecided &&= inspection.isDecided;
    }
    return areDecided;
  }

  /** The checks that the file passes, if all of it was read. */
  passedChecks(): Map<Plan, Set<Check>> {
    return new Map(this.#inspections.map((inspection) => [inspection.plan, passed(inspection)]));
  }

  /** The checks that the file passes whatever its unread rest contains. */
  provenChecks(): Map<Plan, Set<Check>> {
    return new Map(
      this.#inspections.map((inspection) => {
        const { plan, hasFailedLine, found } = inspection;
        const isProven = (check: Check) => (plan.search.options.macroal ? hasFailedLine : found.has(check));
        return [plan, new Set([...passed(inspection)].filter(isProven))];
      }),
    );
  }

  /** Whether a match may have been missed because no piece of a long line contained all of it. */
  get mayHaveMissedMatch(): boolean {
    const uncertain = this.#uncertain;
    if (uncertain === undefined) return false;
    return this.#inspections.some(({ checks, found }) =>
      checks.some((check) => uncertain.has(check) && !found.has(check)),
    );
  }

  /** A match that is in neither of two pieces must cover their whole overlap. */
  #noteUncertain(piece: Buffer): void {
    const overlap = decodeUtf8(piece.subarray(-OVERLAP_BYTES));
    this.#uncertain ??= new Set();
    for (const check of this.#inspections.flatMap(({ checks }) => checks)) {
      if (!this.#uncertain.has(check) && check.pattern?.mayCover?.(overlap)) this.#uncertain.add(check);
    }
  }
}

function inspectBlock(inspection: Inspection, block: Block): void {
  inspection.hasLines = true;
  if (!inspection.plan.search.options.macroal) inspectForSomeLine(inspection, block);
  else if (block.edges) inspectPieceForAllLines(inspection, block, block.edges);
  else inspectForAllLines(inspection, block);
}

function inspectForSomeLine(inspection: Inspection, block: Block): void {
  const { checks, found } = inspection;
  for (const check of checks) {
    if (!found.has(check) && isFound(check, block)) found.add(check);
  }
  inspection.isDecided = found.size === checks.length;
}

function inspectForAllLines(inspection: Inspection, block: Block): void {
  const { checks } = inspection;
  inspection.hasFailedLine = block
    .lines()
    .some((line) => checks.some(({ pattern, isInverse }) => pattern?.test(line) === isInverse));
  inspection.isDecided = inspection.hasFailedLine;
}

/** A line in pieces contains a match if one of its pieces does. */
function inspectPieceForAllLines(inspection: Inspection, piece: Block, { isEnd }: Edges): void {
  inspection.foundInLine ??= new Set();
  const { checks, foundInLine } = inspection;
  for (const check of checks) if (isFound(check, piece)) foundInLine.add(check);
  if (!isEnd) return;
  inspection.hasFailedLine = checks.some((check) => foundInLine.has(check) === check.isInverse);
  inspection.isDecided = inspection.hasFailedLine;
  inspection.foundInLine = undefined;
}

/** Most blocks have no candidate line: the pattern's prefilters detect that without decoding the block. */
function isFound({ pattern }: Check, block: Block): boolean {
  if (!pattern) return false;
  const { literal, filter } = pattern;
  const { edges } = block;
  const test = edges ? (piece: string) => pattern.testPiece(piece, edges) : pattern.test;
  if (literal === undefined && filter === undefined) return block.lines().some(test);
  if (literal !== undefined && !block.bytes.includes(literal)) return false;
  // The filter comes first: if every line contains the literal, visiting each costs more than one pass of the filter.
  const candidates = filter ? linesFoundBy(block, filter) : literal ? linesContaining(block, literal) : [];
  for (const line of candidates) if (test(line)) return true;
  return false;
}

function passed(inspection: Inspection): Set<Check> {
  const isPassed = inspection.plan.search.options.macroal ? isPassedByAllLines : isPassedBySomeLine;
  return new Set(inspection.checks.filter((check) => isPassed(inspection, check)));
}

function isPassedBySomeLine({ found }: Inspection, check: Check): boolean {
  return (found.has(check) !== check.isInverse) !== check.isMismatch;
}

/** A file without lines passes every inverse check and, in matchall, every mismatch. */
function isPassedByAllLines({ hasLines, hasFailedLine, plan }: Inspection, check: Check): boolean {
  if (!hasLines) return check.isInverse || (check.isMismatch && plan.search.options.matchall);
  return hasFailedLine === check.isMismatch;
}
