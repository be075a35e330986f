const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

/** RFC 3339 with as many digits of nanoseconds as needed, in a zone some minutes east of UTC. */
export function formatRfc3339(unixNs: bigint, offsetMinutes = 0): string {
  const fractionNs = ((unixNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const secondMs = Number((unixNs - fractionNs) / NS_PER_MS) + offsetMinutes * 60_000;
  const clock = new Date(secondMs).toISOString().slice(0, 19);
  const fraction = fractionNs.toString().padStart(9, '0').replace(/0+$/, '');
  return `${clock}${fraction === '' ? '' : `.${fraction}`}${zoneOf(offsetMinutes)}`;
}

function zoneOf(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const minutes = Math.abs(offsetMinutes);
  const pad = (value: number) => String(Math.trunc(value)).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${pad(minutes / 60)}:${pad(minutes % 60)}`;
}

/** The minutes that the local zone is east of UTC. */
export function localOffsetMinutes(unixNs: bigint): number {
  return -new Date(Number(unixNs / NS_PER_MS)).getTimezoneOffset();
}

const RFC3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** A time in UTC as Go prints it, `2026-01-02 03:04:05.5 +0000 UTC`; a text that is no such time stays as it is. */
export function printGoTime(rfc3339: string): string {
  const [, clock = '', fraction = '', zone = ''] = RFC3339.exec(rfc3339) ?? [];
  const ms = Date.parse(clock + zone);
  if (Number.isNaN(ms)) return rfc3339;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}${fraction} +0000 UTC`;
}
