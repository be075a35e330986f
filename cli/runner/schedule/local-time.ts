/** A time as the clock of this host shows it: `2026-12-01 06:30:00 +01:00`. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  const minutes = -date.getTimezoneOffset();
  const local = new Date(ms + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
  const pad = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const offset = Math.abs(minutes);
  return `${local} ${minutes < 0 ? '-' : '+'}${pad(offset / 60)}:${pad(offset % 60)}`;
}
