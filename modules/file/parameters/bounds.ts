/** `N`, `<N` or `>N` of a size, as its check reads it. */
export interface SizeBound {
  sign: '' | '<' | '>';
  bytes: number;
}

/** `<P` or `>P` of an age. */
export interface AgeBound {
  sign: '<' | '>';
  minutes: number;
}

/** Undefined when it is none, or has no number. Suffixes are of 1024; no file is so large that rounding could matter. */
export function readSize(value: string): SizeBound | undefined {
  const [, sign = '', digits, unit] = /^([<>]?)([0-9]+)([kmgt]?)$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  return { sign: sign as SizeBound['sign'], bytes: Number(digits) * 1024 ** ' kmgt'.indexOf(unit || ' ') };
}

/** What Go's 64 bits of nanoseconds hold, in whole hours. */
export const MAX_MINUTES = 2_562_047 * 60;
const MINUTES = { d: 24 * 60, h: 60, m: 1 };

/** Undefined when it is none, or has no number. */
export function readAge(value: string): AgeBound | undefined {
  const [, sign, digits, unit] = /^([<>])([0-9]+)([dhm])$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  return { sign: sign as AgeBound['sign'], minutes: Number(digits) * MINUTES[unit as keyof typeof MINUTES] };
}
