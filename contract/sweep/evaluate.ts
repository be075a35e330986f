import { z } from 'zod';
import { ModuleResult } from '../module-result.ts';
import { type Answered, isMissingPath, verdictOf } from '../rules/verdict.ts';
import type { SweepCheck } from './document.ts';
import { matchesPackage, type Piece, type PlanPart } from './plan.ts';
import { type Judgement, judge } from './reason.ts';

const Results = z.array(z.unknown());

/** Reads the stored results of one endpoint. What it sent may be anything: an entry that is no result counts as missing. */
export function readResults(text: string | null): (ModuleResult | undefined)[] {
  const results = Results.safeParse(text === null ? [] : JSON.parse(text));
  return (results.data ?? []).map((result) => ModuleResult.safeParse(result).data);
}

/** The verdict of each check of an action, from the results of one endpoint in the order of the operations. */
export function evaluatePart(
  part: PlanPart,
  results: readonly (ModuleResult | undefined)[],
): Map<string, Judgement> {
  const shares = createShares(part, results);
  return new Map(
    part.checks.map(({ check, pieces }) => {
      const answers = answersOf(check, pieces, shares);
      return [check.id, judge(verdictOf(answers, check.condition), answers, results)];
    }),
  );
}

function answersOf(check: SweepCheck, pieces: readonly Piece[], shareOf: ShareOf): Answered[] {
  return check.expectations.map((expectation, index) => {
    const piece = pieces[index];
    return {
      expectation,
      parameters: check.action.operations[index]?.parameters,
      result: piece === undefined ? undefined : shareOf(piece),
    };
  });
}

type ShareOf = (piece: Piece) => ModuleResult | undefined;

/** Cuts the results of merged operations into what each check would have got alone. */
function createShares(part: PlanPart, results: readonly (ModuleResult | undefined)[]): ShareOf {
  const errorsOf = part.operations.map(({ parameters }, index) =>
    attributeErrors(parameters, results[index]?.errors ?? []),
  );
  return ({ operation, labels, patterns }) => {
    const result = results[operation];
    // What failed has failed for every check.
    if (result === undefined || !result.success) return result;
    if (patterns !== null) return packagesOf(result, patterns);
    if (labels === null) return result;
    const elements = [...labels].map(([label, merged]) => [label, field(result.elements, merged)]);
    return {
      ...result,
      // Not by assignment: a label may be `__proto__`.
      elements: Object.fromEntries(elements),
      errors: [...labels].flatMap(([label, merged]) =>
        (errorsOf[operation]?.(merged) ?? []).map((error) =>
          error.replaceAll(quote(merged), () => quote(label)),
        ),
      ),
    };
  };
}

/** Undefined when the result has no list of packages: then it says nothing about them. */
function packagesOf(result: ModuleResult, patterns: readonly string[]): ModuleResult | undefined {
  const packages = field(result.elements, 'packages');
  if (packages !== null && !Array.isArray(packages)) return undefined;
  const names = textsOf(packages?.map((found: unknown) => field(found, 'name')));
  const isFound = names.some((name) => patterns.some((pattern) => matchesPackage(pattern, name)));
  return { ...result, foundanything: isFound };
}

/** The most text of errors that is read, 100 characters counted for each: more come from a broken or hostile endpoint. */
const MAX_ERROR_CHARACTERS = 256 * 1024;

/**
 * The errors that may hide something from a search. An error that names a search is about that one. An error about a path
 * is about the searches of that path or of a folder above it. Every other error is about all, and so are too many.
 */
function attributeErrors(parameters: unknown, all: readonly string[]): (label: string) => string[] {
  const errors = all.filter((error) => !isMissingPath(error));
  if (errors.length === 0) return () => [];
  const characters = errors.reduce((sum, { length }) => sum + length + 100, 0);
  if (characters > MAX_ERROR_CHARACTERS) return () => ['more errors than can be read'];
  const searches = Object.entries(objectOf(field(parameters, 'searches'))).map(([label, search]) => ({
    label,
    quoted: quote(label),
    paths: textsOf(field(search, 'paths')),
  }));
  const concerned = errors.map((error) => {
    const named = searches.filter(({ quoted }) => error.includes(quoted));
    if (named.length > 0) return new Set(named.map(({ label }) => label));
    const byPath = searches.filter(({ paths }) => paths.some((path) => error.includes(path)));
    return byPath.length > 0 ? new Set(byPath.map(({ label }) => label)) : undefined;
  });
  return (label) => errors.filter((_, index) => concerned[index]?.has(label) ?? true);
}

/** How module `file` names a search in an error. */
function quote(label: string): string {
  return `search '${label}'`;
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** A field of parsed JSON; undefined when there is none. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
