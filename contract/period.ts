/** A bound on an age: `<P` is younger than P, `>P` older. */
export interface AgeBound {
  sign: '<' | '>';
  minutes: number;
}

const MINUTES_PER_UNIT = { d: 24 * 60, h: 60, m: 1 };
/** The most that Go's 64-bit nanoseconds can express. */
const MAX_MINUTES = 2_562_047 * 60;

/** Parses `<30d` or `>12h`, the form of the module file; undefined for any other text. */
export function toAgeBound(value: string): AgeBound | undefined {
  const [, sign, digits, unit] = /^([<>])([0-9]{1,9})([dhm])$/.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const minutes = Number(digits) * MINUTES_PER_UNIT[unit as keyof typeof MINUTES_PER_UNIT];
  return minutes > MAX_MINUTES ? undefined : { sign: sign as AgeBound['sign'], minutes };
}

/** Whether a time, in Unix milliseconds, passes a bound. A time in the future is young. */
export function passesAge({ sign, minutes }: AgeBound, ms: number, nowMs: number): boolean {
  const boundMs = nowMs - minutes * 60_000;
  return sign === '<' ? ms > boundMs : ms < boundMs;
}
