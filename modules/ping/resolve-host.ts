import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MigError } from '../../contract/errors.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';

/** The addresses of a host, at least one. Throws MigError with MIG's texts. */
export async function resolveHost(host: string, timeoutMs: number): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  const addresses = await withTimeout(timeoutMs, lookupAll(host), `${host} was not resolved in time`);
  if (addresses.length > 0) return addresses;
  throw new MigError('parameters_invalid', 'FQDN does not resolve to any known ip');
}

async function lookupAll(host: string): Promise<string[]> {
  const invalid = new MigError('parameters_invalid', `destination IP is invalid: ${host}`);
  if (host === '') throw invalid;
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw Object.assign(invalid, { cause: error });
  }
}
