import { readFileSync } from 'node:fs';
import type { ApiAnswer } from '../../dev/api-caller.ts';

/** A request to MIG's API and its answer, as they were recorded. */
type Sample = Pick<ApiAnswer, 'status' | 'body'>;

export function readSample(name: string): Sample {
  const url = new URL(`../fixtures/samples/${name}.json`, import.meta.url);
  const { status, body } = JSON.parse(readFileSync(url, 'utf8'));
  return { status: Number(status.split(' ')[1]), body };
}

/**
 * An answer with placeholders in place of what differs from run to run: addresses, times, and the texts that `secret`
 * matches, such as keys.
 */
export function comparable(body: unknown, secret: RegExp): unknown {
  const text = JSON.stringify(body)
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://api')
    .replace(/"20\d\d-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"')
    .replace(secret, '"<secret>"');
  return JSON.parse(text);
}
