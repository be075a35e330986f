import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import { parseBoolean } from '../../platform/files/ini.ts';

// Each parser throws `config_invalid` with the name of the setting.

/** An empty switch is off. */
export function parseSwitch(setting: string, text: string): boolean {
  const isOn = text === '' ? false : parseBoolean(text);
  if (isOn === undefined) throw invalid(setting, text, 'is neither on nor off');
  return isOn;
}

export function parseNumber(
  setting: string,
  text: string,
  { min, max }: { min: number; max: number },
): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw invalid(setting, text, `is not a number from ${min} to ${max}`);
}

export function parseDuration(setting: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw invalid(setting, text, 'must look like 300s, 5m or 1h30m');
  return ms;
}

/** MIG's names of log levels, and ours. */
const LEVELS: Readonly<Record<string, string>> = {
  emerg: 'error',
  alert: 'error',
  crit: 'error',
  err: 'error',
  error: 'error',
  warning: 'warn',
  warn: 'warn',
  notice: 'info',
  info: 'info',
  debug: 'debug',
  silent: 'silent',
};

export function parseLevel(setting: string, text: string): string {
  const name = text.toLowerCase();
  const level = Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined;
  if (level === undefined) throw invalid(setting, text, 'is not one of error, warn, info, debug');
  return level;
}

/** The name ends at the first colon; the value may contain more of them. */
export function parseTag(text: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon === -1) return [text.trim(), ''];
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

export function invalid(setting: string, text: string, problem: string): MigError {
  return new MigError('config_invalid', `${setting}: ${JSON.stringify(text)} ${problem}`);
}
