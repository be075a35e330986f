import type { Edges } from '../../../platform/re2/pieces.ts';
import { decodeUtf8 } from '../filesystem/utf8.ts';
import type { Check, Plan } from '../plan/plan.ts';
import { type Block, linesThat, linesWith, OVERLAP } from './blocks.ts';

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
  /** With macroal: checks found in the pieces so far of a line that comes in pieces. */
  foundInLine: Set<Check> | undefined;
}

/**
 * Looks at the blocks of one file for all searches and tells which content checks want it
 * (spec/modules/file.md#content).
 */
export class ContentInspector {
  readonly #inspections: Inspection[];
  /** Checks of which no piece of a long line might hold all of a match. */
  #unsure: Set<Check> | undefined;

  constructor(plans: readonly Plan[]) {
    this.#inspections = plans.map((plan) => ({
      plan,
      checks: plan.contents,
      found: new Set(),
      hasFailed: false,
      hasLines: false,
      isDone: false,
      foundInLine: undefined,
    }));
  }

  /** False when nothing that comes can change the answer. */
  look(block: Block): boolean {
    if (block.edges?.isEnd === false) this.#noteUnsure(block.bytes);
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

  /** The same when the rest of the file could not be read: what was found counts, what was not proves nothing. */
  wantedSoFar(): Map<Plan, Set<Check>> {
    return new Map(
      this.#inspections.map((inspection) => {
        const { plan, hasFailed, found } = inspection;
        const isSure = (check: Check) => (plan.search.options.macroal ? hasFailed : found.has(check));
        return [plan, new Set([...satisfied(inspection)].filter(isSure))];
      }),
    );
  }

  /** Whether a match may have been missed because no piece of a long line held all of it. */
  get mayHaveMissed(): boolean {
    const unsure = this.#unsure;
    if (unsure === undefined) return false;
    return this.#inspections.some(({ checks, found }) =>
      checks.some((check) => unsure.has(check) && !found.has(check)),
    );
  }

  /** What a piece has in common with the next: a match that neither holds reaches over all of it. */
  #noteUnsure(piece: Buffer): void {
    const common = decodeUtf8(piece.subarray(-OVERLAP));
    this.#unsure ??= new Set();
    for (const check of this.#inspections.flatMap(({ checks }) => checks)) {
      if (!this.#unsure.has(check) && check.pattern?.mayReachOver?.(common)) this.#unsure.add(check);
    }
  }
}

function look(inspection: Inspection, block: Block): void {
  inspection.hasLines = true;
  if (inspection.plan.search.options.macroal) {
    if (block.edges) {
      lookAtPiece(inspection, block, block.edges);
      return;
    }
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

/** A line that comes in pieces satisfies a pattern that is found in one of them. */
function lookAtPiece(inspection: Inspection, block: Block, edges: Edges): void {
  inspection.foundInLine ??= new Set();
  const { checks, foundInLine } = inspection;
  for (const check of checks) if (isFound(check, block)) foundInLine.add(check);
  if (!edges.isEnd) return;
  inspection.hasFailed = checks.some((check) => foundInLine.has(check) === check.isInverse);
  inspection.isDone = inspection.hasFailed;
  inspection.foundInLine = undefined;
}

/** Most blocks hold no line that could match: a search for bytes tells, and nothing is decoded. */
function isFound({ pattern }: Check, block: Block): boolean {
  if (!pattern) return false;
  const { literal, filter } = pattern;
  const { edges } = block;
  const test = edges ? (piece: string) => pattern.testPiece(piece, edges) : pattern.test;
  if (literal === undefined && filter === undefined) return block.lines().some(test);
  if (literal !== undefined && !block.bytes.includes(literal)) return false;
  // Where the literal is in every line, going from one to the next costs more than one search through the block.
  const candidates = filter ? linesThat(block, filter) : literal ? linesWith(block, literal) : [];
  for (const line of candidates) if (test(line)) return true;
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
