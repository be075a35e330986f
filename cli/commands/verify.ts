import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseAction } from '../../contract/action.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readKeyring } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../investigate.ts';
import { type CliSession, openSession } from '../session.ts';

const InvestigatorView = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  pgpfingerprint: z.string(),
});
const WithKey = z.object({ publickey: z.string() });

/** `mig verify <file>`: who signed an action, and whether every signature is good. */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, {});
  const [file, extra] = rest;
  if (file === undefined || extra !== undefined)
    throw new MigError('usage', 'usage: mig verify <action file>');
  const session = await openSession(options);
  const action = parseAction(readFileSync(file, 'utf8'));
  const signers = await loadSigners(session);
  let isGood = action.pgpsignatures.length > 0;
  for (const signature of action.pgpsignatures) {
    try {
      const context = { keyring: signers.keyring, nowMs: Date.now() };
      const fingerprint = await verifySignature(signedTexts(action), signature, context);
      session.output.answer(
        `Valid signature by ${signers.names.get(fingerprint) ?? 'unknown'} (${fingerprint})`,
      );
    } catch (error) {
      isGood = false;
      session.output.answer(`[error] ${errorMessage(error)}`);
    }
  }
  try {
    checkAction(action, Date.now());
  } catch (error) {
    isGood = false;
    session.output.answer(`[error] ${errorMessage(error)}`);
  }
  return isGood ? EXIT.ok : EXIT.invalid;
}

async function loadSigners({ api }: CliSession) {
  const names = new Map<string, string>();
  const keys: { armored: string; fingerprint: string }[] = [];
  for await (const record of api.search({ type: 'investigator', status: 'active' })) {
    const { id, name, pgpfingerprint } = InvestigatorView.parse(record);
    names.set(pgpfingerprint, name);
    const { publickey } = WithKey.parse(await api.get(`investigator?investigatorid=${id}`));
    keys.push({ armored: Buffer.from(publickey, 'base64').toString(), fingerprint: pgpfingerprint });
  }
  return { names, keyring: (await readKeyring(keys)).keyring };
}
