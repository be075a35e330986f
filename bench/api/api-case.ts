import type { ROUTES } from '../../contract/api/all-routes.ts';
import type { ApiAnswer } from '../../dev/api-caller.ts';

export type RouteName = keyof typeof ROUTES;

/** A request of a case. Its method and its status are those of the route. */
export interface ApiRequest {
  path: string;
  contentType?: string;
  body?: string;
  /** Headers in place of a token of the investigator. */
  credentials?: Record<string, string>;
}

interface AnyCase {
  route: RouteName;
  what: string;
  /** Clients at the same time; 8 unless the route takes fewer. */
  clients?: number;
}

/** A request that clients repeat. */
export interface RepeatedCase extends AnyCase {
  request: ApiRequest;
  /** Requests per second of MIG's API, and how many times faster than that we aim to be. */
  mig?: { perSecond: number; aim: number };
}

/** Requests that succeed once each. */
interface DistinctCase extends AnyCase {
  /** Makes the requests, and the records that they change, before the clock starts. */
  prepare(count: number): Promise<ApiRequest[]>;
  /** The most requests of a run. */
  atMost?: number;
}

export type ApiCase = RepeatedCase | DistinctCase;

/** A form, as clients post it. */
export function form(
  path: string,
  fields: Record<string, string>,
  credentials?: Record<string, string>,
): ApiRequest {
  return {
    path,
    contentType: 'application/x-www-form-urlencoded',
    body: new URLSearchParams(fields).toString(),
    ...(credentials && { credentials }),
  };
}

/** The first record of an answer. Throws when the request was refused. */
// biome-ignore lint/suspicious/noExplicitAny: cases read every part of an answer
export function recordOf({ status, text, body }: ApiAnswer): any {
  if (status >= 300) throw new Error(`the API answered ${status}: ${text}`);
  return body.collection.items?.[0]?.data[0].value;
}

const MAKERS = 8;

/** Makes `count` things, a few at the same time, in their order. */
export async function makeMany<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let next = 0;
  const maker = async () => {
    while (next < count) {
      const index = next++;
      made[index] = await make(index);
    }
  };
  await Promise.all(Array.from({ length: MAKERS }, maker));
  return made;
}

let serial = 0;

/** A number that no record of this run has had. */
export function nextSerial(): number {
  return serial++;
}
