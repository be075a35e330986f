import { backtrackingCost, costOfNode, MAX_PATHS } from './backtracking-cost.ts';
import { minLength } from './min-length.ts';
import type { Alternatives, Node } from './parse.ts';
import { toSource } from './to-source.ts';

const MIN_LITERAL_BYTES = 3;

/**
 * Returns the longest text that every match must contain; undefined when it has fewer than three bytes. U+FFFD is not
 * part of it, because invalid bytes are decoded to it as well.
 */
export function requiredLiteral(alternatives: Alternatives): string | undefined {
  const [sequence, ...others] = alternatives;
  if (!sequence || others.length > 0) return undefined;
  let longest = '';
  let run = '';
  const endRun = () => {
    if (run.length > longest.length) longest = run;
    run = '';
  };
  for (const node of sequence) {
    const char = requiredChar(node);
    run += char;
    // What is repeated, or is no literal, separates two runs.
    if (char === '' || node.max !== 1) endRun();
  }
  endRun();
  return Buffer.byteLength(longest) >= MIN_LITERAL_BYTES ? longest : undefined;
}

function requiredChar(node: Node): string {
  if (node.kind !== 'atom' || node.literal === undefined || node.literal === '\ufffd') return '';
  return node.min >= 1 ? node.literal : '';
}

/** Finds candidate lines in a block of lines. A line in which it finds nothing cannot match. */
export interface BlockFilter {
  regexp: RegExp;
  /** It matches ASCII alone, so the block may be decoded byte by byte. */
  isAscii: boolean;
}

/**
 * Joins the longest run of each alternative that has no unbounded quantifiers and no anchors: every match contains one of
 * them. Returns undefined when a run has fewer than two characters.
 */
export function toTextFilter(alternatives: Alternatives): BlockFilter | undefined {
  const runs = alternatives.map(longestRun);
  if (runs.some((run) => minLength(run) < 2) || backtrackingCost(runs).paths > MAX_PATHS) return undefined;
  const source = toSource(runs);
  const codes = [...source.matchAll(/\\u\{([0-9a-f]+)\}/g)].map(([, hex = '']) => Number.parseInt(hex, 16));
  const isAscii = !source.includes('[^') && codes.every((code) => code < 0x80);
  return { regexp: new RegExp(source, 'gu'), isAscii };
}

/** As `toTextFilter`, for a block of lines: a negated class must not match the line feed between two of them. */
export function toBlockFilter(alternatives: Alternatives): BlockFilter | undefined {
  const filter = toTextFilter(alternatives);
  if (filter === undefined || filter.isAscii) return filter;
  return { ...filter, regexp: new RegExp(filter.regexp.source.replaceAll('[^', '[^\\n'), 'gu') };
}

function longestRun(sequence: readonly Node[]): Node[] {
  let run: Node[] = [];
  const runs = [run];
  for (const node of sequence) {
    const isUnbounded = node.max === Number.POSITIVE_INFINITY;
    // An unbounded node ends a run and contributes its required repeats to it.
    const bounded = { ...node, max: isUnbounded ? node.min : node.max };
    const isCheap = isCheapNode({ ...node, max: Math.max(1, node.min) });
    if (isCheap) run.push(bounded);
    if (!isCheap || isUnbounded) {
      run = [];
      runs.push(run);
    }
  }
  const candidates = runs.map(withoutAnchors);
  return candidates.reduce((best, next) => (minLength(next) > minLength(best) ? next : best), []);
}

function isCheapNode(node: Node): boolean {
  const { unbounded, paths } = costOfNode(node);
  return unbounded === 0 && paths <= MAX_PATHS;
}

/** The edges of a line are not the edges of its block. */
function withoutAnchors(sequence: readonly Node[]): Node[] {
  return sequence.flatMap((node): Node[] => {
    if (node.kind === 'group') return [{ ...node, alternatives: node.alternatives.map(withoutAnchors) }];
    return node.isAnchor ? [] : [node];
  });
}

/** Ends every run: it stands for what the folded filter does not look for. */
const ANYTHING: Node = {
  kind: 'atom',
  isAnchor: false,
  source: '.',
  literal: undefined,
  min: 0,
  max: Number.POSITIVE_INFINITY,
};
/** The letters that more than two characters fold to: U+017F and U+212A, as the bytes of their UTF-8. */
const THIRD_FORMS: Record<string, string> = { s: '\\u{c5}\\u{bf}', k: '\\u{e2}\\u{84}\\u{aa}' };

/**
 * As `toTextFilter`, for a pattern without regard to case. It finds runs of ASCII characters alone, in text that is decoded
 * byte by byte.
 */
export function toFoldedFilter(alternatives: Alternatives): BlockFilter | undefined {
  const filter = toTextFilter(alternatives.map(foldSequence));
  return filter && { ...filter, isAscii: true };
}

function foldSequence(sequence: readonly Node[]): Node[] {
  return sequence.map((node): Node => {
    if (node.kind === 'group') return { ...node, alternatives: node.alternatives.map(foldSequence) };
    if (node.isAnchor) return node;
    const source = foldedSource(node.literal);
    return source === undefined ? ANYTHING : { ...node, source, literal: undefined };
  });
}

function foldedSource(literal = ''): string | undefined {
  if (!/^[ -~]$/.test(literal)) return undefined;
  const [lower, upper] = [literal.toLowerCase(), literal.toUpperCase()];
  if (lower === upper) return `\\u{${literal.charCodeAt(0).toString(16)}}`;
  const third = THIRD_FORMS[lower];
  return third === undefined ? `[${lower}${upper}]` : `(?:[${lower}${upper}]|${third})`;
}
