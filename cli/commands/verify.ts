import { z } from 'zod';
import type { Action } from '../../contract/action.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { type Keyring, readKeyring } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import { readActionFile } from '../action-file.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help.ts';
import { readKeyFiles } from '../key-files.ts';
import type { Output } from '../output.ts';
import { openOutput, openSession } from '../session.ts';

const InvestigatorView = z.object({
  id: z.number(),
  name: z.string(),
  pgpfingerprint: z.string().nullish(),
});
const WithKey = z.object({ publickey: z.string().nullish() });

/** Those whose signatures count, and how a stranger is called. */
interface Signers {
  keyring: Keyring;
  nameOf(fingerprint: string): string;
  others: string;
}

/**
 * `mig verify <file>`: who signed an action, alone or within a command, and whether every signature is good. The keys
 * are those of the active investigators; with `-keys` those of a folder, and neither server nor key of one's own is needed.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { flags: { keys: 'string' } });
  const { file, keys } = parseVerifyFlags(rest);
  const output = openOutput();
  const { action, isWithin } = readActionFile(file);
  if (isWithin) output.say('only the action is signed; nobody signs what else the file says');
  const signers =
    keys === undefined ? await loadInvestigators(await openSession(options)) : await loadFiles(keys, output);
  const areSignaturesGood = await verifySignatures(action, signers, output);
  try {
    checkAction(action, Date.now());
    return areSignaturesGood ? EXIT.ok : EXIT.refused;
  } catch (error) {
    output.answer(`[error] ${errorMessage(error)}`);
    return EXIT.refused;
  }
}

export function parseVerifyFlags(args: readonly string[]): { file: string; keys: string | undefined } {
  const files: string[] = [];
  let keys: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const flag = /^--?keys(?:=(.*))?$/s.exec(word);
    if (!flag) files.push(word);
    else keys = flag[1] ?? args[++i] ?? '';
  }
  const [file, extra] = files;
  if (file === undefined || extra !== undefined || file.startsWith('-') || keys === '')
    throw new MigError('usage', USAGES.verify);
  return { file, keys };
}

/** A line for each signature; whether each is good and by somebody else than those before. */
export async function verifySignatures(
  action: Action,
  { keyring, nameOf, others }: Signers,
  output: Output,
): Promise<boolean> {
  const seen = new Set<string>();
  let areGood = action.pgpsignatures.length > 0;
  for (const signature of action.pgpsignatures) {
    try {
      const context = { keyring, nowMs: Date.now() };
      const fingerprint = await verifySignature(signedTexts(action), signature, context);
      output.answer(`Valid signature by ${nameOf(fingerprint)} (${fingerprint})`);
      if (!seen.has(fingerprint)) {
        seen.add(fingerprint);
        continue;
      }
      output.answer(`[error] permission violation: key ${fingerprint} used to sign multiple times`);
    } catch (error) {
      const stranger = errorCode(error) === 'signature_unknown_signer' ? `: ${others}` : '';
      output.answer(`[error] ${errorMessage(error)}${stranger}`);
    }
    areGood = false;
  }
  return areGood;
}

export async function loadInvestigators({
  api,
  output,
}: Pick<Awaited<ReturnType<typeof openSession>>, 'api' | 'output'>): Promise<Signers> {
  const names = new Map<string, string>();
  const keyring: Keyring[number][] = [];
  for await (const record of api.search({ type: 'investigator', status: 'active' })) {
    const { id, name, pgpfingerprint } = InvestigatorView.parse(record);
    // Somebody without a key signs nothing.
    if (!pgpfingerprint) continue;
    names.set(pgpfingerprint, name);
    const { publickey } = WithKey.parse(await api.get(`investigator?investigatorid=${id}`));
    const armored = Buffer.from(publickey ?? '', 'base64').toString();
    const read = await readKeyring([{ armored, fingerprint: pgpfingerprint }]);
    keyring.push(...read.keyring);
    for (const { message } of read.refused) output.say(`the key of ${name} is left out: ${message}`);
  }
  return {
    keyring,
    nameOf: (fingerprint) => names.get(fingerprint) ?? 'unknown',
    others: 'no active investigator has this key',
  };
}

async function loadFiles(path: string, output: Output): Promise<Signers> {
  const { keyring, refused } = await readKeyFiles(path);
  for (const { file, reason } of refused) output.say(`${file} is left out: ${reason}`);
  if (keyring.length === 0) throw new MigError('config_invalid', `${path} has no public key`);
  return {
    keyring,
    nameOf: (wanted) =>
      keyring.find(({ fingerprint }) => fingerprint === wanted)?.key.getUserIDs()[0] ?? 'unknown',
    others: `no key of ${path} is that one`,
  };
}
