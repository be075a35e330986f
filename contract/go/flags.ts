import { MigError } from '../errors.ts';

export type FlagKind = 'list' | 'number' | 'boolean' | 'string';

export interface ParsedFlags {
  values: Record<string, string[] | number | boolean | string>;
  /** Flags of one value that were given two different ones; the last counts. */
  contradicted: string[];
  /** What follows the flags. */
  rest: string[];
}

/**
 * Reads flags as Go's flag package does: `-f v`, `--f v`, `-f=v`, booleans alone or `-f=false`, the end at the first
 * other word or `--`. Lists keep every value in order.
 */
export function parseGoFlags(args: readonly string[], kinds: Record<string, FlagKind>): ParsedFlags {
  const values: ParsedFlags['values'] = {};
  const contradicted: string[] = [];
  let i = 0;
  for (; i < args.length; i++) {
    const word = args[i] ?? '';
    if (word === '--') return { values, contradicted, rest: args.slice(i + 1) };
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(word);
    if (!match) {
      if (/^-{1,2}=|^---/.test(word)) throw new MigError('usage', `bad flag syntax: ${word}`);
      break;
    }
    const name = match[1] ?? '';
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) throw new MigError('usage', `flag provided but not defined: -${name}`);
    let text = match[2];
    if (text === undefined && kind === 'boolean') text = 'true';
    if (text === undefined) {
      if (i + 1 >= args.length) throw new MigError('usage', `flag needs an argument: -${name}`);
      text = args[++i] ?? '';
    }
    const before = values[name];
    setFlag(values, { name, kind, text });
    if (kind !== 'list' && before !== undefined && before !== values[name]) contradicted.push(name);
  }
  return { values, contradicted, rest: args.slice(i) };
}

/** Refuses what follows the flags. */
export function refuseRest(rest: readonly string[]): void {
  const [first, next] = rest;
  if (first === undefined) return;
  const before = next === undefined ? '' : ` before ${JSON.stringify(next)}`;
  throw new MigError(
    'usage',
    `unexpected word ${JSON.stringify(first)}${before}: put a value with spaces or * in quotes`,
  );
}

/** Refuses a flag of which one of two values would be dropped. */
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
