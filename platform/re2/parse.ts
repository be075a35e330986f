/**
 * The part of RE2 syntax that JavaScript's own engine can be trusted with: characters, classes, anchors, groups and
 * quantifiers without flags. Whatever else a pattern holds, it is left to RE2JS.
 */
export type Node = Atom | Group;

interface Quantified {
  min: number;
  max: number;
}
interface Atom extends Quantified {
  kind: 'atom';
  isAnchor: boolean;
  isNegated: boolean;
  /** As JavaScript source under the flag `u`. */
  source: string;
  /** The one character that it matches, if it is just one. */
  literal: string | undefined;
}
interface Group extends Quantified {
  kind: 'group';
  alternatives: Node[][];
}

/** Undefined when the pattern goes beyond this part; it must be valid RE2 already. */
export function parsePattern(source: string): Node[][] | undefined {
  const reader: Reader = { chars: [...source], at: 0 };
  try {
    const alternatives = parseAlternatives(reader);
    return reader.at === reader.chars.length ? alternatives : undefined;
  } catch (error) {
    if (error instanceof Beyond) return undefined;
    throw error;
  }
}

interface Reader {
  chars: string[];
  at: number;
}

class Beyond extends Error {}

const ONCE = { min: 1, max: 1 };
const CLASSES: Record<string, string> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
};
const CONTROLS: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\u0007' };

function parseAlternatives(reader: Reader): Node[][] {
  const alternatives: Node[][] = [[]];
  for (;;) {
    const char = reader.chars[reader.at];
    if (char === undefined || char === ')') return alternatives;
    if (char === '|') {
      reader.at++;
      alternatives.push([]);
    } else alternatives.at(-1)?.push(parseQuantifier(reader, parseNode(reader)));
  }
}

function parseNode(reader: Reader): Node {
  const char = reader.chars[reader.at++] ?? '';
  switch (char) {
    case '(':
      return parseGroup(reader);
    case '[':
      return atom(parseClass(reader));
    case '\\':
      return parseEscape(reader);
    case '.':
      return atom('[^\\n]');
    case '^':
      return atom('^');
    case '$':
      return atom('$');
    case '*':
    case '+':
    case '?':
    case '{':
      throw new Beyond(); // a literal brace, or nothing to repeat
    default:
      return literal(char);
  }
}

function parseGroup(reader: Reader): Group {
  const rest = reader.chars.slice(reader.at).join('');
  const opening = /^\?(?::|P?<\w+>)/.exec(rest)?.[0];
  if (opening === undefined && rest.startsWith('?')) throw new Beyond();
  reader.at += opening?.length ?? 0;
  const alternatives = parseAlternatives(reader);
  if (reader.chars[reader.at++] !== ')') throw new Beyond();
  return { kind: 'group', alternatives, ...ONCE };
}

function parseEscape(reader: Reader): Atom {
  const char = reader.chars[reader.at++] ?? '';
  if (isPunctuation(char)) return literal(char);
  const control = CONTROLS[char];
  if (control !== undefined) return literal(control);
  const lower = CLASSES[char.toLowerCase()];
  if (lower !== undefined) return atom(char === char.toLowerCase() ? `[${lower}]` : `[^${lower}]`);
  if (char === 'b' || char === 'B') return atom(`\\${char}`);
  if (char === 'A') return atom('^');
  if (char === 'z') return atom('$');
  throw new Beyond();
}

function parseClass(reader: Reader): string {
  const isNegated = reader.chars[reader.at] === '^';
  if (isNegated) reader.at++;
  let source = '';
  for (let isFirst = true; reader.chars[reader.at] !== ']' || isFirst; isFirst = false) {
    source += parseClassItem(reader);
  }
  reader.at++;
  return `[${isNegated ? '^' : ''}${source}]`;
}

/** A class of a class, one character, or a range: a dash makes one unless the class ends behind it. */
function parseClassItem(reader: Reader): string {
  const { chars, at } = reader;
  if (chars[at] === '[' && chars[at + 1] === ':') throw new Beyond();
  const named = chars[at] === '\\' ? CLASSES[chars[at + 1] ?? ''] : undefined;
  if (named !== undefined) {
    reader.at += 2;
    return named;
  }
  const low = parseClassChar(reader);
  if (chars[reader.at] !== '-' || chars[reader.at + 1] === ']') return escapeChar(low);
  reader.at++;
  return `${escapeChar(low)}-${escapeChar(parseClassChar(reader))}`;
}

function parseClassChar(reader: Reader): string {
  const char = reader.chars[reader.at++];
  if (char === undefined) throw new Beyond();
  if (char !== '\\') return char;
  const escaped = reader.chars[reader.at++] ?? '';
  const literal = isPunctuation(escaped) ? escaped : CONTROLS[escaped];
  if (literal === undefined) throw new Beyond();
  return literal;
}

function parseQuantifier(reader: Reader, node: Node): Node {
  const rest = reader.chars.slice(reader.at, reader.at + 12).join('');
  const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d+)?)?\})\??/.exec(rest);
  if (!match) {
    if (rest.startsWith('{')) throw new Beyond();
    return node;
  }
  reader.at += match[0].length;
  const [, sign, from, comma, to] = match;
  if (sign === '*') return { ...node, min: 0, max: Number.POSITIVE_INFINITY };
  if (sign === '+') return { ...node, min: 1, max: Number.POSITIVE_INFINITY };
  if (sign === '?') return { ...node, min: 0, max: 1 };
  const min = Number(from);
  const max = comma === undefined ? min : to === undefined ? Number.POSITIVE_INFINITY : Number(to);
  return { ...node, min, max };
}

function atom(source: string): Atom {
  const isAnchor = /^(\^|\$|\\[bB])$/.test(source);
  return { kind: 'atom', source, literal: undefined, isAnchor, isNegated: source.startsWith('[^'), ...ONCE };
}

function literal(char: string): Atom {
  return { ...atom(escapeChar(char)), literal: char };
}

function escapeChar(char: string): string {
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}

function isPunctuation(char: string): boolean {
  return /^[!-/:-@[-`{-~]$/.test(char);
}
