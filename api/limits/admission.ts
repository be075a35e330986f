import { MigError } from '../../contract/errors.ts';
import { networkOf } from './client-address.ts';
import { createLoadLimit, type LoadLimit } from './load-limit.ts';

/** Room for the bytes of bodies that are still arriving. */
export interface BodyRoom {
  take(bytes: number): void;
  give(bytes: number): void;
}

/**
 * What may be in hand at the same time, apart for those who are known and those who are not: no load that needs no
 * credentials takes a place that an investigator needs.
 */
export interface Admission {
  /** Requests of investigators, body included. */
  requests: LoadLimit;
  bodies: BodyRoom;
  /** The look-up of sessions, which costs little. */
  sessions: LoadLimit;
  /** Requests that need no credentials. */
  publicRequests: LoadLimit;
  publicBodies: BodyRoom;
  /** Checks a token; networks that sent bad ones share a lane of their own. */
  checkToken<T>(address: string, check: () => Promise<T>): Promise<T>;
}

/** Below the 20 connections to the database, all together, so that requests find some. */
const SESSIONS_AT_ONCE = 4;
const TOKENS_AT_ONCE = 8;
const SUSPECT_TOKENS_AT_ONCE = 1;
const PUBLIC_AT_ONCE = 4;
const MAX_WAITING = 1_000;
const MAX_SUSPECTS_WAITING = 16;
const MAX_PUBLIC_WAITING = 200;
const BODY_BYTES = 64 * 1024 * 1024;
const PUBLIC_BODY_BYTES = 8 * 1024 * 1024;

/** Bad tokens that a network may send in a minute before its next ones share the lane of suspects. */
const FAILURES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
const MAX_NETWORKS = 10_000;

export function createAdmission({ maxRequests, now }: { maxRequests: number; now: () => number }): Admission {
  const tokens = createLoadLimit({ atOnce: TOKENS_AT_ONCE, waiting: MAX_WAITING });
  const suspectTokens = createLoadLimit({ atOnce: SUSPECT_TOKENS_AT_ONCE, waiting: MAX_SUSPECTS_WAITING });
  const failures = createCounts(now);
  return {
    requests: createLoadLimit({ atOnce: maxRequests, waiting: 0 }),
    bodies: createRoom(BODY_BYTES),
    sessions: createLoadLimit({ atOnce: SESSIONS_AT_ONCE, waiting: MAX_WAITING }),
    publicRequests: createLoadLimit({ atOnce: PUBLIC_AT_ONCE, waiting: MAX_PUBLIC_WAITING }),
    publicBodies: createRoom(PUBLIC_BODY_BYTES),
    async checkToken(address, check) {
      const network = networkOf(address);
      const isSuspect = failures.of(network) >= FAILURES_PER_MINUTE;
      try {
        return await (isSuspect ? suspectTokens : tokens).run(check);
      } catch (error) {
        if (!(error instanceof MigError)) throw error;
        if (error.code === 'unauthorized') failures.add(network);
        if (error.code !== 'overloaded' || !isSuspect) throw error;
        throw new MigError('rate_limited', 'too many bad tokens from this address', { cause: error });
      }
    },
  };
}

/** Counts by network, forgotten every minute. When there are too many, the one counted longest ago is forgotten. */
export function createCounts(now: () => number) {
  let since = now();
  const counts = new Map<string, number>();
  const forgetOld = () => {
    if (now() - since <= MINUTE_MS) return;
    since = now();
    counts.clear();
  };
  return {
    of(network: string): number {
      forgetOld();
      return counts.get(network) ?? 0;
    },
    add(network: string): number {
      forgetOld();
      const count = (counts.get(network) ?? 0) + 1;
      counts.delete(network); // a Map has its keys in the order of their setting
      counts.set(network, count);
      const [oldest] = counts.keys();
      if (counts.size > MAX_NETWORKS && oldest !== undefined) counts.delete(oldest);
      return count;
    },
  };
}

function createRoom(maxBytes: number): BodyRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) {
        throw new MigError('overloaded', 'too many bodies are arriving at this time; try again');
      }
      taken += bytes;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}
