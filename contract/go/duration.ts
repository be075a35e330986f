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

/** A duration as Go prints it: `486.286µs`, `1.5s`, `2m3.5s` (spec/modules/README.md#result-conventions). */
export function goDuration(nanoseconds: bigint): string {
  const ns = Number(nanoseconds);
  if (ns === 0) return '0s';
  if (ns < 1_000) return `${ns}ns`;
  if (ns < 1_000_000) return `${trimmed(ns / 1_000, 3)}µs`;
  if (ns < 1_000_000_000) return `${trimmed(ns / 1_000_000, 6)}ms`;
  const seconds = ns / 1_000_000_000;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const rest = `${trimmed(seconds % 60, 9)}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

function trimmed(value: number, maxDigits: number): string {
  return value.toFixed(maxDigits).replace(/\.?0+$/, '');
}
