import { errorMessage } from '../../contract/errors.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import type { RunTerms } from '../module.ts';

interface Options {
  names: readonly string[];
  terms: Pick<RunTerms, 'endsAtMs' | 'maxBytes'>;
  /** Returns the addresses of a name; throws when it has none. */
  lookUp(name: string): Promise<string[]>;
}

interface LookUps {
  addresses: Record<string, string[]>;
  errors: string[];
  /** The errors that report names which the limits of the run left out. */
  limits: string[];
}

const TIMEOUT_MS = 5_000;
/** A timer may end this much too early, and no look-up is worth less. */
const MIN_MS = 50;

/** Looks up one name after the other, until time or room for the result has run out. A failure is an error. */
export async function lookUpHosts({ names, terms, lookUp }: Options): Promise<LookUps> {
  const addresses: [string, string[]][] = [];
  const errors: string[] = [];
  let room = terms.maxBytes;
  const finish = (limits: string[]) => ({ addresses: Object.fromEntries(addresses), errors, limits });
  for (const [index, name] of names.entries()) {
    const leftMs = terms.endsAtMs - performance.now();
    if (leftMs < MIN_MS) return finish([notLookedUp('time', names.length - index, names.length)]);
    const found = await tryLookUp(name, Math.min(TIMEOUT_MS, leftMs), lookUp);
    room -= Buffer.byteLength(JSON.stringify([name, found]));
    if (room < 0) return finish([notLookedUp('room', names.length - index, names.length)]);
    if (typeof found === 'string') errors.push(found);
    else addresses.push([name, found]);
  }
  return finish([]);
}

/** The addresses of a name, or the error. */
async function tryLookUp(
  name: string,
  timeoutMs: number,
  lookUp: Options['lookUp'],
): Promise<string[] | string> {
  try {
    return await withTimeout(timeoutMs, lookUp(name), 'no answer in time');
  } catch (error) {
    return `lookup of ${name} failed: ${errorMessage(error)}`;
  }
}

function notLookedUp(what: string, missing: number, total: number): string {
  return `the ${what} of the run was used up: ${missing} of ${total} names are missing`;
}
