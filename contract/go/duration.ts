import { MigError } from '../errors.ts';

const UNITS_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** Milliseconds of Go's duration text: `300s`, `5m`, `1h30m`, `1.5h`; undefined for any other text. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    sumMs += Number(amount) * unitMs(unit);
  }
  return sumMs;
}

function unitMs(unit = ''): number {
  const ms = UNITS_MS.get(unit);
  if (ms === undefined) throw new RangeError(`not a unit of time: ${unit}`);
  return ms;
}

/** The nanoseconds of each unit of a Go duration. Both signs for micro are known. */
const UNITS_NS = new Map([
  ['ns', 1],
  ['us', 1_000],
  ['µs', 1_000],
  ['μs', 1_000],
  ['ms', 1_000_000],
  ['s', 1_000_000_000],
  ['m', 60_000_000_000],
  ['h', 3_600_000_000_000],
]);
/** The first nanoseconds that Go's 64 bits cannot express, except as a negative number. */
const OVERFLOW_NS = 1n << 63n;

/**
 * Reads a duration as Go's time.ParseDuration does: a sign, then numbers with units, `-1h2m3.5s`. Throws `parameters_invalid`
 * with Go's text.
 */
export function parseGoDuration(text: string): bigint {
  const [, sign = '', unsigned = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (unsigned === '0') return 0n;
  const invalid = () => new MigError('parameters_invalid', `time: invalid duration ${quoted(text)}`);
  if (unsigned === '') throw invalid();
  let sum = 0n;
  let rest = unsigned;
  while (rest !== '') {
    const [part = '', whole = '', fraction = '', unit = ''] = /^(\d*)\.?(\d*)([^\d.]*)/.exec(rest) ?? [];
    if (whole === '' && fraction === '') throw invalid();
    sum += partNs({ whole, fraction, unitNs: unitNs(unit, text) });
    if (sum > OVERFLOW_NS) throw invalid();
    rest = rest.slice(part.length);
  }
  const ns = sign === '-' ? -sum : sum;
  if (ns === OVERFLOW_NS) throw invalid();
  return ns;
}

function unitNs(unit: string, text: string): number {
  if (unit === '') throw new MigError('parameters_invalid', `time: missing unit in duration ${quoted(text)}`);
  const ns = UNITS_NS.get(unit);
  if (ns !== undefined) return ns;
  const message = `time: unknown unit ${quoted(unit)} in duration ${quoted(text)}`;
  throw new MigError('parameters_invalid', message);
}

/** Numbers over 64 bits become any other number over 64 bits. Go cuts what is below a nanosecond. */
function partNs({ whole, fraction, unitNs }: { whole: string; fraction: string; unitNs: number }): bigint {
  const digits = whole.replace(/^0+/, '');
  if (digits.length > OVERFLOW_NS.toString().length) return OVERFLOW_NS + 1n;
  const { value, scale } = readFraction(fraction);
  return BigInt(digits) * BigInt(unitNs) + BigInt(Math.trunc(value * (unitNs / scale)));
}

/** Go takes as many digits of a fraction as fit into 63 bits. */
function readFraction(digits: string): { value: number; scale: number } {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (OVERFLOW_NS - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > OVERFLOW_NS) break;
    value = next;
    scale *= 10;
  }
  return { value: Number(value), scale };
}

/** As Go's package time quotes a text: bytes that are not printable ASCII are escaped. */
function quoted(text: string): string {
  const bytes = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte >= 0x80) return `\\x${byte.toString(16).padStart(2, '0')}`;
    return character === '"' || character === '\\' ? `\\${character}` : character;
  });
  return `"${bytes.join('')}"`;
}

/** A duration as Go prints it: `486.286µs`, `1.5s`, `-2m3.5s` (spec/modules/README.md#result-conventions). */
export function goDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${goDuration(-nanoseconds)}`;
  const ns = nanoseconds;
  if (ns === 0n) return '0s';
  if (ns < 1_000n) return `${ns}ns`;
  if (ns < 1_000_000n) return `${decimal(ns, 3)}µs`;
  if (ns < 1_000_000_000n) return `${decimal(ns, 6)}ms`;
  const minutes = ns / 60_000_000_000n;
  const rest = `${decimal(ns % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return rest;
  return minutes < 60n ? `${minutes}m${rest}` : `${minutes / 60n}h${minutes % 60n}m${rest}`;
}

/** A number with its decimal point before the last digits, without zeros at the end. */
function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return fraction === '' ? text.slice(0, -digits) : `${text.slice(0, -digits)}.${fraction}`;
}
