import { Resolver } from 'node:dns/promises';
import { MigError } from '../../contract/errors.ts';

/** Finds the addresses of a host name. */
export type ResolveHost = (name: string) => Promise<string[]>;

const TIMEOUT_MS = 5_000;
const TRIES = 2;
const LOOPBACK = ['127.0.0.1', '::1'];

/**
 * Asks the name servers of the machine itself, not its C library: that has four threads, which one name server that does not
 * answer would occupy for everybody. So names of /etc/hosts are not found, but for `localhost`.
 */
export async function resolveHost(name: string): Promise<string[]> {
  if (name === 'localhost') return [...LOOPBACK];
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const [first] = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  throw new MigError('unavailable', `${name} has no address`, { cause: first });
}
