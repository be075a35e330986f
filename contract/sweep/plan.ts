import { gzipSync } from 'node:zlib';
import type { Operation } from '../action.ts';
import { MigError } from '../errors.ts';
import { inflateParameters } from '../parameters.ts';
import { needsOf } from '../rules/agent-needs.ts';
import { operationsJson } from '../rules/signed-text.ts';
import type { SweepCheck } from './document.ts';
import { parseOperations } from './requests.ts';

/** The most searches in one operation: an agent runs an operation in one child process. */
const MAX_SEARCHES = 256;
/** The most bytes of an action's operations, uncompressed. An agent takes commands of a megabyte. */
const MAX_PART_BYTES = 256 * 1024;
/** As MIG limits labels of searches. */
const MAX_LABEL = 64;

/** Where the answer to one operation of a check is found. */
export interface Piece {
  /** The index of the operation in its action. */
  operation: number;
  /** For searches that were merged into one operation: the label there of each label of the check. */
  labels: ReadonlyMap<string, string> | null;
  /** For packages that were merged into one operation: the patterns of the check. */
  patterns: readonly string[] | null;
}

/** One action of a run. */
export interface PlanPart {
  operations: Operation[];
  /** The pieces of each check that this action answers whole, in the order of the check's operations. */
  checks: { check: SweepCheck; pieces: Piece[] }[];
}

/** The most kinds of checks that are asked apart; those of further kinds are asked together. */
const MAX_KINDS = 8;

/**
 * Puts many checks into few actions with few operations. Checks that need different things of an agent are asked apart: it
 * refuses an action as a whole when it lacks a module, or its ACL forbids one. The same checks give the same plan, by which
 * an auditor can repeat it.
 */
export function planSweep(checks: readonly SweepCheck[]): PlanPart[] {
  const kinds = new Map<string, SweepCheck[]>();
  for (const check of checks.filter(isAsked)) {
    const needs = kindOf(check);
    const kind = kinds.has(needs) || kinds.size < MAX_KINDS - 1 ? needs : 'all others';
    kinds.set(kind, [...(kinds.get(kind) ?? []), check]);
  }
  return [...kinds.values()].flatMap(planTogether);
}

/**
 * The plan whose actions were signed. Sweeps, and runs that were signed ahead, may be from a time when all checks were asked
 * together; for any other operations it is the plan of this version.
 */
export function planOfSigned(checks: readonly SweepCheck[], signed: readonly string[]): PlanPart[] {
  const together = planTogether(checks.filter(isAsked));
  const isTogether =
    together.length === signed.length &&
    together.every((part, index) => isSignedAs(signed[index] ?? '', part.operations));
  return isTogether ? together : planSweep(checks);
}

/** The modules that an agent must have, and whether it needs any addition: MIG's agents have none, ours all. */
function kindOf({ action }: SweepCheck): string {
  const operations = action.operations.map((operation) => ({
    module: operation.module,
    parameters: inflateParameters(operation),
  }));
  const needs = needsOf(operations);
  const modules = needs.filter(({ kind }) => kind === 'module').map(({ name }) => name);
  const hasAdditions = modules.length < needs.length;
  return [...modules.sort(), ...(hasAdditions ? ['+'] : [])].join(' ');
}

function isAsked({ action }: SweepCheck): boolean {
  return action.operations.length > 0;
}

/**
 * Asks all checks together. Searches for files are merged into one operation, equal ones once; so are packages that are
 * named literally.
 */
export function planTogether(checks: readonly SweepCheck[]): PlanPart[] {
  const parts: PlanPart[] = [];
  let draft = createDraft();
  for (const check of checks) {
    if (!draft.isEmpty() && draft.bytes + bytesOf(check) > MAX_PART_BYTES) {
      parts.push(draft.finish());
      draft = createDraft();
    }
    draft.add(check);
  }
  if (!draft.isEmpty()) parts.push(draft.finish());
  return parts;
}

/** The operations as they are signed and sent: the parameters of a long one are compressed. */
export function compressOperations(operations: readonly Operation[]): Operation[] {
  return operations.map(({ module, parameters }) => {
    const gzipped = gzipSync(JSON.stringify(parameters), { level: 9 });
    return { module, parameters: gzipped.toString('base64'), is_compressed: true };
  });
}

/**
 * Whether the operations that were signed ask for exactly what the plan asks for. Compression may differ: versions of zlib
 * give other bytes.
 */
export function hasSameOperations(signed: readonly Operation[], planned: readonly Operation[]): boolean {
  const plain = signed.map((operation) => ({
    module: operation.module,
    parameters: inflateParameters(operation),
  }));
  return operationsJson(plain) === operationsJson(planned);
}

/** Throws `conflict` unless the operations that were signed are those of the plan. */
export function requireSameOperations(signed: readonly Operation[], planned: readonly Operation[]): void {
  if (hasSameOperations(signed, planned)) return;
  throw new MigError('conflict', 'the operations that were signed are not those of the checks of this sweep');
}

/** Text that is no list of operations is not those of a plan. */
function isSignedAs(text: string, planned: readonly Operation[]): boolean {
  try {
    return hasSameOperations(parseOperations(text), planned);
  } catch (error) {
    if (error instanceof MigError) return false;
    throw error;
  }
}

function bytesOf({ action }: SweepCheck): number {
  return Buffer.byteLength(JSON.stringify(action.operations));
}

interface Draft {
  readonly bytes: number;
  isEmpty: () => boolean;
  add: (check: SweepCheck) => void;
  finish: () => PlanPart;
}

/** Collects the operations of one action. */
function createDraft(): Draft {
  const operations: Operation[] = [];
  const checks: PlanPart['checks'] = [];
  const files = createFileMerger(operations);
  const packages = createPackageMerger(operations);
  let bytes = 0;
  const place = (operation: Operation): Piece => {
    const plain = { module: operation.module, parameters: inflateParameters(operation) };
    const merged = files(plain) ?? packages(plain);
    if (merged) return merged;
    operations.push(plain);
    return { operation: operations.length - 1, labels: null, patterns: null };
  };
  return {
    get bytes() {
      return bytes;
    },
    isEmpty: () => checks.length === 0,
    add(check) {
      bytes += bytesOf(check);
      checks.push({ check, pieces: check.action.operations.map(place) });
    },
    finish: () => ({ operations, checks }),
  };
}

type Merger = (operation: Operation) => Piece | undefined;

function createFileMerger(operations: Operation[]): Merger {
  let current: { index: number; searches: Map<string, unknown>; labelOf: Map<string, string> } | undefined;
  return ({ module, parameters }) => {
    const wanted = searchesOf(module, parameters);
    if (wanted === undefined) return undefined;
    if (current === undefined || current.searches.size + wanted.length > MAX_SEARCHES) {
      current = { index: operations.length, searches: new Map(), labelOf: new Map() };
      operations.push({ module, parameters: null });
    }
    const { index, searches, labelOf } = current;
    const labels = new Map<string, string>();
    for (const [label, search] of wanted) {
      const key = JSON.stringify(search);
      const merged = labelOf.get(key) ?? `${searches.size + 1}.${label}`.slice(0, MAX_LABEL);
      labelOf.set(key, merged);
      searches.set(merged, search);
      labels.set(label, merged);
    }
    operations[index] = { module, parameters: { searches: Object.fromEntries(searches) } };
    return { operation: index, labels, patterns: null };
  };
}

/** The searches by label of an operation that asks for files and nothing else; undefined for any other operation. */
function searchesOf(module: string, parameters: unknown): [string, unknown][] | undefined {
  if (module !== 'file' || !isObject(parameters)) return undefined;
  const { searches, ...rest } = parameters;
  if (!isObject(searches) || Object.keys(rest).length > 0) return undefined;
  return Object.entries(searches).map(([label, search]) => [label, withAllErrors(search)]);
}

/** The largest `maxerrors` limits the whole operation, and one error that is left out makes all its checks unknown. */
function withAllErrors(search: unknown): unknown {
  if (!isObject(search)) return search;
  const options = isObject(search.options) ? search.options : {};
  return { ...search, options: { ...options, maxerrors: 0 } };
}

/** `^(name|other)(:|$)` or `^name$`: such a pattern can be evaluated again on the names that were found. */
const LITERAL_PACKAGES = /^\^(?:\(([a-z0-9+\\.|-]+)\)|([a-z0-9+\\.-]+))(?:\(:\|\$\)|\$)$/;

function createPackageMerger(operations: Operation[]): Merger {
  let index: number | undefined;
  const patterns: string[] = [];
  return ({ module, parameters }) => {
    const wanted = packagePatternsOf(module, parameters);
    if (wanted === undefined) return undefined;
    if (index === undefined) {
      index = operations.length;
      operations.push({ module, parameters: null });
    }
    for (const pattern of wanted) if (!patterns.includes(pattern)) patterns.push(pattern);
    operations[index] = { module, parameters: { pkgmatch: { matches: [...patterns] } } };
    return { operation: index, labels: null, patterns: wanted };
  };
}

function packagePatternsOf(module: string, parameters: unknown): string[] | undefined {
  if (module !== 'pkg' || !isObject(parameters)) return undefined;
  const { pkgmatch, ...rest } = parameters;
  if (!isObject(pkgmatch) || Object.keys(rest).length > 0) return undefined;
  if (Object.keys(pkgmatch).length !== 1) return undefined;
  const { matches } = pkgmatch;
  if (!Array.isArray(matches) || matches.length === 0) return undefined;
  return matches.every((pattern) => typeof pattern === 'string' && LITERAL_PACKAGES.test(pattern))
    ? matches
    : undefined;
}

/** Whether a literal pattern of packages matches a name. */
export function matchesPackage(pattern: string, name: string): boolean {
  const [, list, single] = LITERAL_PACKAGES.exec(pattern) ?? [];
  const literals = (list ?? single ?? '').replaceAll('\\', '').split('|');
  const isWithArchitecture = pattern.endsWith('(:|$)');
  return literals.some(
    (literal) => name === literal || (isWithArchitecture && name.startsWith(`${literal}:`)),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
