/** A token of YARA's language. Comments are dropped. */
export interface Token {
  kind: 'word' | 'pattern' | 'number' | 'literal' | 'sign';
  text: string;
  start: number;
  end: number;
}

/** No regular expression contains an unescaped slash, and division is written as a backslash. */
const TOKENS: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y],
  ['literal', /"(?:[^"\\\n]|\\.)*"|\/(?:[^/\\\n]|\\.)+\/[is]*/y],
  ['sign', /[=!<>]=|<<|>>|\.\./y],
  ['pattern', /[$#@!]\w*\*?/y],
  ['number', /0x[\da-fA-F_]+|0o[0-7_]+|\d[\d_]*(?:\.\d+)?(?:KB|MB)?/y],
  ['word', /[A-Za-z_]\w*/y],
  ['sign', /[-+*\\%&|^~<>=(){}[\],:.]/y],
];
/** Bytes in hex, where a comment may contain a brace. */
const HEX = /\{(?:\/\/[^\n]*|\/\*[\s\S]*?\*\/|[^}])*\}/y;

/** Returns undefined for a text that has something else than known tokens. */
export function tokenize(source: string): Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const isValue = tokens.at(-1)?.text === '=';
    const hex = isValue ? match(HEX, source, at) : undefined;
    const found = hex === undefined ? findToken(source, at) : { kind: 'literal' as const, text: hex };
    if (found === undefined) return undefined;
    const { kind, text } = found;
    const start = at;
    at += text.length;
    if (kind !== 'blank') tokens.push({ kind, text, start, end: at });
  }
  return tokens;
}

function findToken(source: string, at: number) {
  for (const [kind, pattern] of TOKENS) {
    const text = match(pattern, source, at);
    if (text !== undefined) return { kind, text };
  }
  return undefined;
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}
