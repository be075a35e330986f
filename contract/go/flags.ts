import { MigError } from '../errors.ts';

export type FlagKind = 'list' | 'number' | 'boolean' | 'string';

export interface ParsedFlags {
  values: Record<string, string[] | number | boolean | string>;
  /** Flags of a single value that were given two different ones; the last counts. */
  contradicted: string[];
  /** The words after the flags. */
  rest: string[];
}

/**
 * Reads flags as Go's flag package does: `-f v`, `--f v`, `-f=v`, booleans as `-f` or `-f=false`, up to the first other
 * word or `--`. Lists keep every value in order.
 */
export function parseGoFlags(args: readonly string[], kinds: Record<string, FlagKind>): ParsedFlags {
  const values: ParsedFlags['values'] = {};
  const contradicted: string[] = [];
  const words = [...args];
  while (words[0] !== undefined) {
    const flag = splitFlag(words[0]);
    if (flag === undefined) break;
    words.shift();
    if (flag === 'end') break;
    const { name } = flag;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) throw new MigError('usage', `flag provided but not defined: -${name}`);
    const text = flag.value ?? (kind === 'boolean' ? 'true' : words.shift());
    if (text === undefined) throw new MigError('usage', `flag needs an argument: -${name}`);
    const before = values[name];
    setFlag(values, { name, kind, text });
    if (kind !== 'list' && before !== undefined && before !== values[name]) contradicted.push(name);
  }
  return { values, contradicted, rest: words };
}

/** The parts of `-name` or `-name=value`; `end` for `--`; undefined for a word that is no flag. */
function splitFlag(word: string): { name: string; value: string | undefined } | 'end' | undefined {
  if (word === '--') return 'end';
  const [, name, value] = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  if (name !== undefined) return { name, value };
  if (/^-{1,2}=|^---/.test(word)) throw new MigError('usage', `bad flag syntax: ${word}`);
  return undefined;
}

/** Refuses words that follow the flags. */
export function refuseRest(rest: readonly string[]): void {
  const [first, next] = rest;
  if (first === undefined) return;
  const before = next === undefined ? '' : ` before ${JSON.stringify(next)}`;
  throw new MigError(
    'usage',
    `unexpected word ${JSON.stringify(first)}${before}: put a value with spaces or * in quotes`,
  );
}

/** Refuses a flag with two values, one of which would be dropped. */
export function refuseContradicted([name]: readonly string[]): void {
  if (name !== undefined) throw new MigError('usage', `-${name} is given twice, with two values`);
}

function setFlag(
  values: ParsedFlags['values'],
  { name, kind, text }: { name: string; kind: FlagKind; text: string },
): void {
  const bad = () =>
    new MigError('usage', `invalid value ${JSON.stringify(text)} for flag -${name}: parse error`);
  switch (kind) {
    case 'list': {
      const list = values[name];
      values[name] = Array.isArray(list) ? [...list, text] : [text];
      return;
    }
    case 'number': {
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value)) throw bad();
      values[name] = value;
      return;
    }
    case 'boolean':
      if (/^(1|t|T|true|TRUE|True)$/.test(text)) values[name] = true;
      else if (/^(0|f|F|false|FALSE|False)$/.test(text)) values[name] = false;
      else throw bad();
      return;
    case 'string':
      values[name] = text;
  }
}
