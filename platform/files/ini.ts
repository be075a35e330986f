import { MigError } from '../../contract/errors.ts';

/** Sections of key and values, in the dialect of MIG's configuration files (gcfg): names ignore case, keys repeat. */
export type Ini = Map<string, Map<string, string[]>>;

export function parseIni(text: string): Ini {
  const ini: Ini = new Map();
  let section: Map<string, string[]> | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue;
    const header = /^\[\s*([^\]"]+?)\s*\]$/.exec(line)?.[1];
    if (header !== undefined) {
      const name = header.toLowerCase();
      section = ini.get(name) ?? new Map();
      ini.set(name, section);
      continue;
    }
    const match = /^([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/.exec(line);
    if (!match || !section)
      throw new MigError('config_invalid', `line ${index + 1}: not a section, a key or a comment`);
    const key = (match[1] ?? '').toLowerCase();
    const values = section.get(key) ?? [];
    section.set(key, values);
    values.push(unquote(match[2] ?? 'true'));
  }
  return ini;
}

/** A quoted value keeps everything inside its quotes; elsewhere `;` and `#` begin a comment. */
function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, '$1');
  return text.replace(/\s*[;#].*$/, '').trim();
}

/** A switch as gcfg takes it, in any case; undefined for every other text. The key alone, without `=`, is `true`. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  return ['false', 'no', 'off', '0'].includes(word) ? false : undefined;
}
