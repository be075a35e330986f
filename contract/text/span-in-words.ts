/** A span of time in the unit that a person would choose, `90 minutes`, `20 days`: the largest that fits at least twice. */
export function spanInWords(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  const [unit, unitMinutes] = UNITS.find(([, size]) => minutes >= 2 * size) ?? ['minutes', 1];
  return `${Math.round(minutes / unitMinutes)} ${unit}`;
}

/** The units with their minutes, largest first. */
const UNITS = [
  ['days', 24 * 60],
  ['hours', 60],
] as const;
