import type { InvestigatorView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';

/** The armored public key of an investigator, in lines. */
export function publicKeyLines({ id, name, publickey }: InvestigatorView): string[] {
  if (!publickey) throw new MigError('not_found', `investigator ${id} (${name}) has no public key`);
  return Buffer.from(publickey, 'base64').toString('utf8').trimEnd().split(/\r?\n/);
}
