/** A parsed pattern: alternatives, each a sequence of nodes. */
export type Alternatives = Node[][];

export type Node = Atom | Group;

interface Quantified {
  min: number;
  /** Infinity for an unbounded quantifier. */
  max: number;
}
interface Atom extends Quantified {
  kind: 'atom';
  isAnchor: boolean;
  /** JavaScript source for the flag `u`. */
  source: string;
  /** The character that it matches, when there is only one. */
  literal: string | undefined;
}
interface Group extends Quantified {
  kind: 'group';
  alternatives: Alternatives;
}

/**
 * Parses the part of RE2 syntax that JavaScript reads alike: characters, classes, anchors, groups and quantifiers,
 * without flags. Returns undefined for anything else. The pattern must be valid RE2.
 */
export function parsePattern(source: string): Alternatives | undefined {
  const reader: Reader = { chars: [...source], at: 0 };
  try {
    const alternatives = parseAlternatives(reader);
    return reader.at === reader.chars.length ? alternatives : undefined;
  } catch (error) {
    if (error instanceof UnsupportedSyntax) return undefined;
    throw error;
  }
}

interface Reader {
  chars: string[];
  at: number;
}

class UnsupportedSyntax extends Error {}

const ONCE = { min: 1, max: 1 };
const UNBOUNDED = Number.POSITIVE_INFINITY;
const CLASSES: Record<string, string> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\\t\\n\\f\\r ',
};
const CONTROLS: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\u0007' };

function parseAlternatives(reader: Reader): Alternatives {
  let sequence: Node[] = [];
  const alternatives = [sequence];
  for (;;) {
    const char = reader.chars[reader.at];
    if (char === undefined || char === ')') return alternatives;
    if (char === '|') {
      reader.at++;
      sequence = [];
      alternatives.push(sequence);
    } else {
      sequence.push(parseQuantifier(reader, parseNode(reader)));
    }
  }
}

function parseNode(reader: Reader): Node {
  const char = nextChar(reader);
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
      throw new UnsupportedSyntax(); // A literal brace, or a quantifier of a quantifier.
    default:
      return literal(char);
  }
}

function nextChar(reader: Reader): string {
  const char = reader.chars[reader.at++];
  if (char === undefined) throw new UnsupportedSyntax();
  return char;
}

function parseGroup(reader: Reader): Group {
  const rest = reader.chars.slice(reader.at).join('');
  const opening = /^\?(?::|P?<\w+>)/.exec(rest)?.[0];
  if (opening === undefined && rest.startsWith('?')) throw new UnsupportedSyntax();
  reader.at += opening?.length ?? 0;
  const alternatives = parseAlternatives(reader);
  if (nextChar(reader) !== ')') throw new UnsupportedSyntax();
  return { kind: 'group', alternatives, ...ONCE };
}

function parseEscape(reader: Reader): Atom {
  const char = nextChar(reader);
  if (isPunctuation(char)) return literal(char);
  const control = CONTROLS[char];
  if (control !== undefined) return literal(control);
  const lower = CLASSES[char.toLowerCase()];
  if (lower !== undefined) return atom(char === char.toLowerCase() ? `[${lower}]` : `[^${lower}]`);
  if (char === 'b' || char === 'B') return atom(`\\${char}`);
  if (char === 'A') return atom('^');
  if (char === 'z') return atom('$');
  throw new UnsupportedSyntax();
}

function parseClass(reader: Reader): string {
  const isNegated = reader.chars[reader.at] === '^';
  if (isNegated) reader.at++;
  // The first item may be a bracket, which does not close the class there.
  let source = parseClassItem(reader);
  while (reader.chars[reader.at] !== ']') source += parseClassItem(reader);
  reader.at++;
  return `[${isNegated ? '^' : ''}${source}]`;
}

/** A named class, one character, or a range: a dash makes a range unless the class ends after it. */
function parseClassItem(reader: Reader): string {
  const { chars, at } = reader;
  if (chars[at] === '[' && chars[at + 1] === ':') throw new UnsupportedSyntax();
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
  const char = nextChar(reader);
  if (char !== '\\') return char;
  const escaped = nextChar(reader);
  const literal = isPunctuation(escaped) ? escaped : CONTROLS[escaped];
  if (literal === undefined) throw new UnsupportedSyntax();
  return literal;
}

function parseQuantifier(reader: Reader, node: Node): Node {
  const rest = reader.chars.slice(reader.at, reader.at + 12).join('');
  const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d+)?)?\})\??/.exec(rest);
  if (!match) {
    if (rest.startsWith('{')) throw new UnsupportedSyntax();
    return node;
  }
  const [quantifier, sign, from, comma, to] = match;
  reader.at += quantifier.length;
  if (sign === '*') return { ...node, min: 0, max: UNBOUNDED };
  if (sign === '+') return { ...node, min: 1, max: UNBOUNDED };
  if (sign === '?') return { ...node, min: 0, max: 1 };
  const min = Number(from);
  if (comma === undefined) return { ...node, min, max: min };
  return { ...node, min, max: to === undefined ? UNBOUNDED : Number(to) };
}

function atom(source: string): Atom {
  const isAnchor = /^(\^|\$|\\[bB])$/.test(source);
  return { kind: 'atom', source, literal: undefined, isAnchor, ...ONCE };
}

function literal(char: string): Atom {
  return { ...atom(escapeChar(char)), literal: char };
}

function escapeChar(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16)}}`;
}

function isPunctuation(char: string): boolean {
  return /^[!-/:-@[-`{-~]$/.test(char);
}
