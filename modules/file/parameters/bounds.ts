/** A size check: `N`, `<N` or `>N`. */
export interface SizeBound {
  sign: '' | '<' | '>';
  bytes: number;
}

/** An mtime check: `<P` or `>P`. */
export interface AgeBound {
  sign: '<' | '>';
  minutes: number;
}

/** A permission check. */
export interface PermBound {
  sign: '' | '-' | '/';
  bits: number;
}

const SIZE_UNITS = ['', 'k', 'm', 'g', 't'];
const MINUTES_PER_UNIT = { d: 24 * 60, h: 60, m: 1 };
/** The most whole hours that Go's 64-bit nanoseconds can express. */
export const MAX_MINUTES = 2_562_047 * 60;

/** Returns undefined when the value has no number. Rounding is harmless: it begins at 8 PiB. */
export function toSizeBound(value: string): SizeBound | undefined {
  const [, sign = '', digits, unit = ''] = /^([<>]?)([0-9]+)([kmgt]?)$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  return { sign: sign as SizeBound['sign'], bytes: Number(digits) * 1024 ** SIZE_UNITS.indexOf(unit) };
}

/** Returns undefined when the value has no number. */
export function toAgeBound(value: string): AgeBound | undefined {
  const [, sign, digits, unit] = /^([<>])([0-9]+)([dhm])$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const minutes = Number(digits) * MINUTES_PER_UNIT[unit as keyof typeof MINUTES_PER_UNIT];
  return { sign: sign as AgeBound['sign'], minutes };
}

/** `value` is valid. */
export function toPermBound(value: string): PermBound {
  const [, sign = '', digits = ''] = /^([-/+]?)([0-7]+)$/.exec(value) ?? [];
  return { sign: (sign === '+' ? '/' : sign) as PermBound['sign'], bits: Number.parseInt(digits, 8) };
}

const MS_PER_UNIT: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000 };

/** The milliseconds that a search may take; undefined for no limit. `value` is valid, or empty. */
export function toBudgetMs(value: string): number | undefined {
  const unitMs = MS_PER_UNIT[value.slice(-1)];
  return unitMs === undefined ? undefined : Number(value.slice(0, -1)) * unitMs;
}
