import { errorCode, MigError } from '../../contract/errors.ts';
import { MAX_MANIFEST_BYTES } from '../../contract/manifest.ts';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { networkOf } from './client-address.ts';
import { createLoadLimit, type LoadLimit } from './load-limit.ts';
import { createMinuteCounts } from './minute-counts.ts';

/**
 * The limits on concurrent work. Work that needs no credentials has limits of its own, so that no anonymous load delays
 * an investigator.
 */
export interface Admission {
  /** Complete requests of investigators. */
  requests: LoadLimit;
  /** Bodies of these requests, while they arrive. */
  bodies: ByteBudget;
  /** Look-ups of sessions, which are cheap. */
  sessions: LoadLimit;
  publicRequests: LoadLimit;
  publicBodies: ByteBudget;
  /** Requests of loaders, which may be as many as endpoints. */
  loaders: LoadLimit;
  /** Checks the key of a loader, beside the tokens of investigators and under a limit of its own. */
  checkLoaderKey<T>(address: string, check: () => Promise<T>): Promise<T>;
  /** Work with the whole content of a manifest, which may have 96 MB. */
  manifests: LoadLimit;
  /** Checks a token or an API key. Networks that sent many bad ones share a slow queue. */
  checkToken<T>(address: string, check: () => Promise<T>): Promise<T>;
}

/** The sum stays below the pool's 24 connections to the database, so that requests find a free one. */
const SESSIONS_AT_ONCE = 4;
const TOKENS_AT_ONCE = 8;
const SUSPECT_TOKENS_AT_ONCE = 1;
const PUBLIC_AT_ONCE = 4;
const LOADERS_AT_ONCE = 2;
const LOADER_KEYS_AT_ONCE = 1;
const MANIFESTS_AT_ONCE = 2;
/** The bodies that wait: two of the largest manifests, or many small ones. */
const MANIFEST_BYTES = 2 * MAX_MANIFEST_BYTES;
const MAX_WAITING = 1_000;
const MAX_SUSPECTS_WAITING = 16;
const MAX_PUBLIC_WAITING = 200;
/** Room for one of the largest manifests beside other bodies. */
const BODY_BYTES = 128 * 1024 * 1024;
const PUBLIC_BODY_BYTES = 8 * 1024 * 1024;

/** Bad tokens in a minute after which a network is suspect. */
const BAD_TOKENS_PER_MINUTE = 20;

export function createAdmission({ maxRequests, now }: { maxRequests: number; now: () => number }): Admission {
  return {
    requests: createLoadLimit({ atOnce: maxRequests, waiting: 0 }),
    bodies: createByteBudget(BODY_BYTES),
    sessions: createLoadLimit({ atOnce: SESSIONS_AT_ONCE, waiting: MAX_WAITING }),
    publicRequests: createLoadLimit({ atOnce: PUBLIC_AT_ONCE, waiting: MAX_PUBLIC_WAITING }),
    publicBodies: createByteBudget(PUBLIC_BODY_BYTES),
    loaders: createLoadLimit({ atOnce: LOADERS_AT_ONCE, waiting: MAX_WAITING }),
    checkLoaderKey: createTokenLimit(now, LOADER_KEYS_AT_ONCE),
    manifests: createLoadLimit({
      atOnce: MANIFESTS_AT_ONCE,
      waiting: MAX_WAITING,
      maxBytes: MANIFEST_BYTES,
    }),
    checkToken: createTokenLimit(now, TOKENS_AT_ONCE),
  };
}

function createTokenLimit(now: () => number, atOnce: number): Admission['checkToken'] {
  const tokens = createLoadLimit({ atOnce, waiting: MAX_WAITING });
  const suspectTokens = createLoadLimit({ atOnce: SUSPECT_TOKENS_AT_ONCE, waiting: MAX_SUSPECTS_WAITING });
  const badTokens = createMinuteCounts(now);
  return async (address, check) => {
    const network = networkOf(address);
    const isSuspect = badTokens.countOf(network) >= BAD_TOKENS_PER_MINUTE;
    try {
      return await (isSuspect ? suspectTokens : tokens).run(check);
    } catch (error) {
      if (errorCode(error) === 'unauthorized') badTokens.increment(network);
      if (!isSuspect || errorCode(error) !== 'overloaded') throw error;
      throw new MigError('rate_limited', 'too many bad tokens or keys from this address', { cause: error });
    }
  };
}
