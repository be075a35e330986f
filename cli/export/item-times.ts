import { MigError } from '../../contract/errors.ts';
import { toTimestamp, unixMillis } from '../../contract/go/time.ts';

/** A time of the API in the one form of XML Schema, JSON Schema and SARIF: UTC, at most microseconds. */
export function utcTime(text: string): string {
  const time = toTimestamp(text);
  if (time !== undefined) return time;
  throw new MigError(
    'unavailable',
    `the API answered with a time that is not RFC 3339: ${JSON.stringify(text)}`,
  );
}

export function millisOf(text: string): number {
  return unixMillis(utcTime(text));
}

export function microsOf(text: string): bigint {
  const time = utcTime(text);
  const micros = /\.(\d+)Z$/.exec(time)?.[1]?.padEnd(6, '0').slice(3) ?? '0';
  return BigInt(unixMillis(time)) * 1000n + BigInt(micros);
}
