import type { Node } from './parse.ts';

/** A pattern for JavaScript's engine, with the longest line that it may be given. */
export interface Native {
  regexp: RegExp;
  maxLength: number;
}

/** Beyond this many ways to try one position the engine could be kept busy; RE2 never is. */
const MAX_WAYS = 64;
const MAX_REPEAT = 50;
/** By the number of unbounded quantifiers: each multiplies the work of a backtracking engine by the line's length. */
const MAX_LENGTHS = [Number.POSITIVE_INFINITY, 4096, 256];

/**
 * Translates a parsed pattern when that is safe: no repeated groups, few ways to match, few unbounded quantifiers.
 * Whether a line matches is then the same as in RE2 (both are regular, and every atom has the same set of characters).
 */
export function toNative(alternatives: Node[][]): Native | undefined {
  const cost = costOf(alternatives);
  const maxLength = MAX_LENGTHS[cost.unbounded];
  if (maxLength === undefined || cost.ways > MAX_WAYS) return undefined;
  return { regexp: new RegExp(toSource(alternatives), 'u'), maxLength };
}

/**
 * The longest text that every match must contain, if it has three bytes or more: lines without it need no engine.
 * U+FFFD is none of it, because that is also what invalid bytes are read as.
 */
export function requiredLiteral(alternatives: Node[][]): string | undefined {
  const [sequence, ...others] = alternatives;
  if (!sequence || others.length > 0) return undefined;
  let best = '';
  let run = '';
  const end = () => {
    if (run.length > best.length) best = run;
    run = '';
  };
  for (const node of sequence) {
    const isLiteral =
      node.kind === 'atom' && node.literal !== undefined && node.literal !== '\ufffd' && node.min >= 1;
    if (isLiteral) run += node.literal;
    if (!isLiteral || node.max !== 1) end();
  }
  end();
  return Buffer.byteLength(best) >= 3 ? best : undefined;
}

/** Finds lines that may match inside a block of lines; what it does not find cannot match. */
export interface BlockFilter {
  regexp: RegExp;
  /** It looks for ASCII alone, so the block may be read byte by byte. */
  isAscii: boolean;
}

/**
 * Of each alternative, the longest stretch without unbounded repeats and without anchors, kept inside a line: every
 * matching line contains it. Undefined when some alternative has no stretch of two characters.
 */
export function toBlockFilter(alternatives: Node[][]): BlockFilter | undefined {
  const runs = alternatives.map(longestRun);
  if (runs.some((run) => minLength(run) < 2) || costOf(runs).ways > MAX_WAYS) return undefined;
  const source = toSource(runs);
  const codes = [...source.matchAll(/\\u\{([0-9a-f]+)\}/g)].map(([, hex = '']) => Number.parseInt(hex, 16));
  const isAscii = !source.includes('[^') && codes.every((code) => code < 0x80);
  return { regexp: new RegExp(source.replaceAll('[^', '[^\\n'), 'gu'), isAscii };
}

function longestRun(sequence: Node[]): Node[] {
  const runs: Node[][] = [[]];
  for (const node of sequence) {
    const { unbounded, ways } = costOfNode({ ...node, max: Math.max(1, node.min) });
    const bounded = { ...node, max: node.max === Number.POSITIVE_INFINITY ? node.min : node.max };
    if (unbounded === 0 && ways <= MAX_WAYS) runs.at(-1)?.push(bounded);
    if (unbounded > 0 || ways > MAX_WAYS || node.max === Number.POSITIVE_INFINITY) runs.push([]);
  }
  return runs.map(withoutAnchors).reduce((best, run) => (minLength(run) > minLength(best) ? run : best), []);
}

/** A block has many lines: what is an edge of one is none of the block. */
function withoutAnchors(sequence: Node[]): Node[] {
  return sequence.flatMap((node): Node[] => {
    if (node.kind === 'group') return [{ ...node, alternatives: node.alternatives.map(withoutAnchors) }];
    return node.isAnchor ? [] : [node];
  });
}

function minLength(sequence: Node[]): number {
  return sequence.reduce((sum, node) => {
    const once =
      node.kind === 'atom' ? (node.isAnchor ? 0 : 1) : Math.min(...node.alternatives.map(minLength));
    return sum + once * node.min;
  }, 0);
}

function costOf(alternatives: Node[][]): { unbounded: number; ways: number } {
  const costs = alternatives.map((sequence) =>
    sequence.reduce(
      (sum, node) => {
        const cost = costOfNode(node);
        return { unbounded: sum.unbounded + cost.unbounded, ways: sum.ways * cost.ways };
      },
      { unbounded: 0, ways: 1 },
    ),
  );
  return {
    unbounded: Math.max(...costs.map(({ unbounded }) => unbounded)),
    ways: costs.reduce((sum, { ways }) => sum + ways, 0),
  };
}

function costOfNode(node: Node): { unbounded: number; ways: number } {
  const isUnbounded = node.max === Number.POSITIVE_INFINITY;
  const choices = isUnbounded ? 1 : node.max - node.min + 1;
  if (node.kind === 'atom') {
    const tooOften = (isUnbounded ? node.min : node.max) > MAX_REPEAT;
    return { unbounded: isUnbounded ? 1 : 0, ways: tooOften ? Number.POSITIVE_INFINITY : choices };
  }
  const inner = costOf(node.alternatives);
  if (node.max > 1) return { unbounded: inner.unbounded, ways: Number.POSITIVE_INFINITY };
  return { unbounded: inner.unbounded, ways: inner.ways * choices };
}

function toSource(alternatives: Node[][]): string {
  return alternatives.map((sequence) => sequence.map(nodeSource).join('')).join('|');
}

function nodeSource(node: Node): string {
  const source = node.kind === 'atom' ? node.source : `(?:${toSource(node.alternatives)})`;
  if (node.min === 1 && node.max === 1) return source;
  const to = node.max === Number.POSITIVE_INFINITY ? '' : node.max;
  // An anchor cannot be repeated in JavaScript; inside a group it can.
  return `(?:${source}){${node.min},${to}}`;
}
