import { updateInvestigator } from '../../../contract/api/investigators.ts';
import type { InvestigatorView } from '../../../contract/api-responses.ts';
import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { explainRefusal } from '../../investigators/explain-refusal.ts';
import { findInvestigator } from '../../investigators/find-investigator.ts';
import { publicKeyLines } from '../../investigators/public-key-lines.ts';
import { readPublicKeyOf } from '../../keys/public-key.ts';
import { type CliSession, openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';

/** `mig investigators key <investigator>`: prints the public key; with -renew gives the platform a newer copy of it. */
export async function investigatorKeyCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['investigators key'],
    flags: { renew: 'string' },
    allowed: ['y'],
    words: [1, 1],
  });
  const session = await openSession(given.options);
  const investigator = await findInvestigator(session.api, given.words[0] ?? '');
  const renewed = given.value('renew');
  if (renewed !== undefined) return renewKey(session, investigator, renewed);
  for (const line of publicKeyLines(investigator)) session.output.answer(line);
  return EXIT.ok;
}

async function renewKey(
  session: CliSession,
  { id, name, pgpfingerprint }: InvestigatorView,
  word: string,
): Promise<number> {
  const { api, output, config } = session;
  const { fingerprint, armored } = await readPublicKeyOf(word, config.gpgHome);
  if (fingerprint !== pgpfingerprint)
    throw new MigError(
      'key_fingerprint_mismatch',
      `${word} has key ${fingerprint}, but investigator ${id} (${name}) has ${pgpfingerprint || 'none'}: another key needs another investigator`,
    );
  if (!(await confirm(`renew key ${fingerprint} of investigator ${id} (${name})?`, session)))
    return EXIT.cancelled;
  await api.call(updateInvestigator, { id, publickey: armored }).catch(explainRefusal);
  output.answer(`the key of investigator ${id} (${name}) is renewed`);
  output.note('agents have their own copies of the keys: renew those, too');
  return EXIT.ok;
}
