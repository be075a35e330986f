import { MigError } from '../../contract/errors.ts';

/** Sections with their keys and values, in MIG's dialect (gcfg): names ignore case, and a key may have several values. */
export type Ini = Map<string, Map<string, string[]>>;

// No two parts of these can match the same spaces: a long line of them would take seconds.
const HEADER = /^\[([^\]"]+)\]\s*(?:[;#].*)?$/s;
const SETTING = /^([A-Za-z][\w-]*)\s*(?:=(.*))?$/s;

export function parseIni(text: string): Ini {
  const ini: Ini = new Map();
  let section: Map<string, string[]> | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const header = HEADER.exec(line)?.[1]?.trim();
    if (header) {
      section = getOrAdd(ini, header.toLowerCase(), () => new Map());
      continue;
    }
    const [, key, value = 'true'] = SETTING.exec(line) ?? [];
    if (key === undefined || !section)
      throw new MigError('config_invalid', `line ${index + 1}: not a section, a key or a comment`);
    getOrAdd(section, key.toLowerCase(), () => []).push(unquote(value));
  }
  return ini;
}

function getOrAdd<V>(map: Map<string, V>, key: string, create: () => V): V {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

/** Outside quotes, `;` and `#` start a comment. */
function unquote(given: string): string {
  const text = given.trimStart();
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  const comment = text.search(/[;#]/);
  return (comment === -1 ? text : text.slice(0, comment)).trim();
}

/** Parses a switch of gcfg, in any case; undefined for every other text. A key without `=` has the value `true`. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  return ['false', 'no', 'off', '0'].includes(word) ? false : undefined;
}
