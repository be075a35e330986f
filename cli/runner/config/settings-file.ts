import { errorMessage, MigError } from '../../../contract/errors.ts';
import { parseDurationMs } from '../../../contract/go/duration.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import { type Ini, parseBoolean, parseIni } from '../../../platform/files/ini.ts';
import { readBoundedText } from '../../../platform/files/read-text.ts';

const MAX_BYTES = 64 * 1024;

/** The keys of each section. The keys of a section without a list are not checked. */
type KnownKeys = Readonly<Record<string, readonly string[] | undefined>>;

interface Range {
  minMs: number;
  maxMs: number;
}

/** The settings of an INI file. Every refusal names the file, the line and the key. */
export interface SettingsFile {
  /** The last value of a key; undefined when it is missing or empty. */
  text(section: string, key: string): string | undefined;
  isOn(section: string, key: string): boolean;
  durationMs(section: string, key: string, range: Range): number | undefined;
  refusal(section: string, key: string, problem: string): MigError;
}

/** Reads an INI file as MIG's programs do, which refuse sections and keys that they do not know. */
export function loadSettings(file: string, known: KnownKeys): SettingsFile {
  const source = readBoundedText(file, MAX_BYTES);
  const ini = parseNamed(file, source);
  const refusal = (section: string, key: string, problem: string) => {
    const line = lineOf(source, key);
    const place = line === undefined ? file : `${file} line ${line}`;
    return new MigError('config_invalid', `${place}: [${section}] ${key} ${problem}`);
  };
  refuseUnknown(file, { source, ini, known });
  const text = (section: string, key: string) => ini.get(section)?.get(key)?.at(-1) || undefined;
  return {
    text,
    refusal,
    isOn(section, key) {
      const value = text(section, key);
      const isOn = value === undefined ? false : parseBoolean(value);
      if (isOn === undefined) throw refusal(section, key, `must be true or false, not ${quoted(value)}`);
      return isOn;
    },
    durationMs(section, key, { minMs, maxMs }) {
      const value = text(section, key);
      if (value === undefined) return undefined;
      const ms = value === '0' ? 0 : parseDurationMs(value);
      if (ms === undefined) throw refusal(section, key, `must be a duration like 5m, not ${quoted(value)}`);
      if (ms < minMs) throw refusal(section, key, `${value} is too short`);
      if (ms > maxMs) throw refusal(section, key, `${value} is too long`);
      return ms;
    },
  };
}

function parseNamed(file: string, source: string): Ini {
  try {
    return parseIni(source);
  } catch (cause) {
    throw new MigError('config_invalid', `${file} ${errorMessage(cause)}`, { cause });
  }
}

function refuseUnknown(
  file: string,
  { source, ini, known }: { source: string; ini: Ini; known: KnownKeys },
): void {
  for (const [section, values] of ini) {
    if (!Object.hasOwn(known, section)) {
      const hint = didYouMean(section, Object.keys(known));
      throw new MigError('config_invalid', `${file}: there is no section [${section}]${hint}`);
    }
    const keys = known[section];
    const stray = [...values.keys()].find((key) => keys !== undefined && !keys.includes(key));
    if (stray === undefined) continue;
    const line = lineOf(source, stray);
    const hint = didYouMean(stray, keys ?? []);
    throw new MigError('config_invalid', `${file} line ${line}: [${section}] has no key ${stray}${hint}`);
  }
}

/** The line of the last assignment to a key, counted from 1. */
function lineOf(source: string, key: string): number | undefined {
  const isAssignment = new RegExp(String.raw`^\s*${key}\s*(=|$)`, 'i');
  const index = source.split(/\r?\n/).findLastIndex((line) => isAssignment.test(line));
  return index === -1 ? undefined : index + 1;
}

function quoted(text: string | undefined): string {
  return JSON.stringify(text ?? '');
}
