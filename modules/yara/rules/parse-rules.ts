import { type Token, tokenize } from './tokens.ts';

/** A rule whose source the engine has accepted. */
export interface Rule {
  name: string;
  isGlobal: boolean;
  isPrivate: boolean;
  /** The names of its patterns in their order, with the dollar. Several may be `$`. */
  patterns: string[];
  /** The source of its patterns. */
  strings: string;
  condition: Token[];
}

/**
 * Cuts rules into their parts. Returns undefined for a source with a syntax that is not known here: the engine, which
 * compiles the rules, may know more.
 */
export function parseRules(source: string): Rule[] | undefined {
  const tokens = tokenize(source);
  if (tokens === undefined) return undefined;
  const rules: Rule[] = [];
  let at = 0;
  while (at < tokens.length) {
    if (tokens[at]?.text === 'import') {
      at += 2;
      continue;
    }
    const read = readRule(tokens, { at, source });
    if (read === undefined) return undefined;
    rules.push(read.rule);
    at = read.next;
  }
  return rules;
}

function readRule(
  tokens: readonly Token[],
  { at, source }: { at: number; source: string },
): { rule: Rule; next: number } | undefined {
  const keyword = indexOf(tokens, 'rule', { from: at });
  const modifiers = tokens.slice(at, keyword).map(({ text }) => text);
  const name = tokens[keyword + 1];
  const condition = indexOf(tokens, 'condition', { from: keyword, isSection: true });
  const end = indexOf(tokens, '}', { from: condition });
  const isKnown = modifiers.every((word) => word === 'global' || word === 'private');
  if (keyword < 0 || condition < 0 || end < 0 || name?.kind !== 'word' || !isKnown) return undefined;
  const strings = indexOf(tokens, 'strings', { from: keyword, to: condition, isSection: true });
  const patterns = strings < 0 ? [] : tokens.slice(strings + 2, condition);
  return {
    rule: {
      name: name.text,
      isGlobal: modifiers.includes('global'),
      isPrivate: modifiers.includes('private'),
      patterns: patterns.flatMap(({ kind, text }, index) =>
        kind === 'pattern' && patterns[index + 1]?.text === '=' ? [text] : [],
      ),
      strings: sourceOf(patterns, source),
      condition: tokens.slice(condition + 2, end),
    },
    next: end + 1,
  };
}

/** The text from the first token to the last. */
function sourceOf(tokens: readonly Token[], source: string): string {
  const [first] = tokens;
  const last = tokens.at(-1);
  return first && last ? source.slice(first.start, last.end) : '';
}

interface Range {
  /** Where to begin; -1 when what comes before is missing, too. */
  from: number;
  to?: number;
  /** The token is the name of a section. */
  isSection?: boolean;
}

function indexOf(
  tokens: readonly Token[],
  text: string,
  { from, to = tokens.length, isSection = false }: Range,
): number {
  if (from < 0) return -1;
  for (let index = from; index < to; index++) {
    if (tokens[index]?.text === text && (!isSection || tokens[index + 1]?.text === ':')) return index;
  }
  return -1;
}
