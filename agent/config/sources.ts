import { errorMessage } from '../../contract/errors.ts';
import { type Ini, parseIni } from '../../platform/files/ini.ts';
import { readTextIfThere, unreadable } from '../../platform/files/read-text.ts';
import { BUILD } from './build-info.ts';

export type Warn = (line: string) => void;

/** The compiled-in settings, overridden key by key by the endpoint's file. */
export interface Settings {
  get(section: string, key: string): string | undefined;
  getAll(section: string, key: string): string[];
  /** A setting of the endpoint's file alone. */
  getOwn(section: string, key: string): string | undefined;
  /** A setting that weakens security: the file counts only if the build trusts files. */
  getTrusted(section: string, key: string): string | undefined;
}

/** `compiledIni`: the text of the settings that are compiled in; `areFilesTrusted`: whether `getTrusted` reads the file. */
export function createSettings(
  own: Ini | undefined,
  {
    compiledIni = BUILD.config?.ini,
    areFilesTrusted = BUILD.areFilesTrusted,
  }: { compiledIni?: string | undefined; areFilesTrusted?: boolean } = {},
): Settings {
  const compiled = compiledIni === undefined ? undefined : parseIni(compiledIni);
  const getAll = (section: string, key: string) =>
    own?.get(section)?.get(key) ?? compiled?.get(section)?.get(key) ?? [];
  const getOwn = (section: string, key: string) => own?.get(section)?.get(key)?.at(-1);
  const getCompiled = (section: string, key: string) => compiled?.get(section)?.get(key)?.at(-1);
  return {
    getAll,
    get: (section, key) => getOwn(section, key) ?? getCompiled(section, key),
    getOwn,
    getTrusted: (section, key) =>
      (areFilesTrusted ? getOwn(section, key) : undefined) ?? getCompiled(section, key),
  };
}

/** Undefined when there is no readable file. Throws when it is damaged and nothing is compiled in. */
export function readIni(
  file: string,
  { isNeeded, warn }: { isNeeded: boolean; warn: Warn },
): Ini | undefined {
  try {
    const text = readTextIfThere(file);
    if (text !== undefined) return parseFile(file, text);
    if (isNeeded) warn(`${file}: there is no such file, and no configuration is compiled in`);
  } catch (error) {
    if (isNeeded) throw error;
    warn(`${errorMessage(error)}; the compiled-in configuration is used`);
  }
  return undefined;
}

function parseFile(file: string, text: string): Ini {
  try {
    return parseIni(text);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}
