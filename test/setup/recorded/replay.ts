import type { Platform } from '../platform.ts';
import { type Difference, findDifferences } from './find-differences.ts';
import type { RecordedAnswer, Recording } from './recording.ts';

/** The headers that clients of MIG look at. */
const HEADERS = ['content-type', 'cache-control', 'location'];
/** Where MIG's API listened when it was recorded. */
const RECORDED_URL = /http:\/\/127\.0\.0\.1:2166[46]\/api\/v1/g;

/** Sends a recorded request to our API. Returns where its answer differs from the recorded one. */
export async function replay(
  { apiUrl }: Platform,
  { method, path, headers, body, answer }: Recording,
): Promise<{ differences: Difference[]; ours: RecordedAnswer }> {
  const isForm = typeof body === 'string' && !body.startsWith('{');
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...headers,
      ...(isForm ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const ours: RecordedAnswer = {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: parse(text),
  };
  const isRefused = answer.status >= 400 && ours.status < 400;
  const differences = isRefused
    ? // There is nothing to compare an answer with.
      [{ at: 'status', theirs: answer.status, ours: ours.status }]
    : findDifferences(
        comparable(answer, RECORDED_URL),
        comparable(ours, new RegExp(apiUrl.replaceAll('.', '\\.'), 'g')),
      );
  return { differences, ours };
}

function comparable({ status, headers, body }: RecordedAnswer, url: RegExp): unknown {
  const value = {
    status,
    headers: Object.fromEntries(HEADERS.map((name) => [name, headers[name] ?? null])),
    body,
  };
  return JSON.parse(JSON.stringify(value).replace(url, 'http://api'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
