import { errorMessage } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import type { Option } from '../../modules/option.ts';
import { type Ini, parseBoolean, parseIni } from '../../platform/files/ini.ts';
import { readTextIfThere } from '../../platform/files/read-text.ts';

export interface ModuleConfig {
  /** The settings by section, as the config message has them. */
  config: Record<string, Record<string, unknown>>;
  /** Sentences about settings that do not count. */
  problems: string[];
}

/** Reads `<module>.cfg`. As in MIG, a file that cannot be read leaves every setting at its default. */
export function readModuleConfig(file: string, settings: readonly Option[]): ModuleConfig {
  try {
    const { config, problems } = moduleConfigFrom(parseIni(readTextIfThere(file) ?? ''), settings);
    return { config, problems: problems.map((problem) => `${file}: ${problem}`) };
  } catch (error) {
    const why = errorMessage(error);
    const problem = why.startsWith(file) ? why : `${file}: ${why}`;
    return { config: {}, problems: [`${problem}; its settings do not count`] };
  }
}

export function moduleConfigFrom(ini: Ini, settings: readonly Option[]): ModuleConfig {
  const config: ModuleConfig['config'] = {};
  const problems = unknownSettings(ini, settings);
  for (const setting of settings) {
    const { section, key } = split(setting);
    const texts = ini.get(section.toLowerCase())?.get(key.toLowerCase());
    if (texts === undefined) continue;
    const value = settingValue(texts, setting);
    if (value === undefined) {
      problems.push(
        `[${section.toLowerCase()}] ${key.toLowerCase()}: ${JSON.stringify(texts.at(-1))} ${EXPECTED[setting.kind]}`,
      );
      continue;
    }
    const values = config[section] ?? {};
    values[key] = value;
    config[section] = values;
  }
  return { config, problems };
}

const EXPECTED: Record<Option['kind'], string> = {
  number: 'is not a whole number; the default is used',
  boolean: 'is neither true nor false; the default is used',
  string: '',
  list: '',
};

/** Undefined for a text that is no value of the setting. */
function settingValue(texts: readonly string[], { kind }: Option): unknown {
  const last = texts.at(-1) ?? '';
  switch (kind) {
    case 'list':
      return texts;
    case 'string':
      return last;
    case 'boolean':
      return parseBoolean(last);
    case 'number':
      return /^[+-]?\d{1,15}$/.test(last) ? Number(last) : undefined;
  }
}

function unknownSettings(ini: Ini, settings: readonly Option[]): string[] {
  const known = settings.map((setting) => split(setting));
  return [...ini].flatMap(([section, keys]) => {
    const names = known
      .filter((one) => one.section.toLowerCase() === section)
      .map(({ key }) => key.toLowerCase());
    if (names.length === 0) {
      return [
        `[${section}] is no section${didYouMean(
          section,
          known.map((one) => one.section.toLowerCase()),
        )}`,
      ];
    }
    return [...keys.keys()]
      .filter((key) => !names.includes(key))
      .map((key) => `[${section}] ${key} is no setting${didYouMean(key, names)}`);
  });
}

function split({ field }: Option): { section: string; key: string } {
  const [section, key] = field.split('.');
  if (section === undefined || key === undefined) throw new Error(`the setting ${field} has no section`);
  return { section, key };
}
