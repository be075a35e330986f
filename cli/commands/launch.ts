import type { Action } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { actionText, loadAction, signAction } from '../build-action.ts';
import { EXIT, investigate } from '../investigate.ts';
import { type CliSession, openSession } from '../session.ts';

/** `mig -i <file>`: signs an action from a file, on top of what others signed, and launches it. */
export async function fileCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, {});
  if (options.inputFile === undefined) throw new MigError('usage', 'mig -i needs a file; see mig help');
  if (rest.length > 0) throw new MigError('usage', `unexpected argument: ${rest[0]}`);
  const session = await openSession(options);
  return launch(session, loadAction(options.inputFile, options, session.config.macros));
}

/** Prints (-p), signs and prints (-s), or signs, posts and follows. */
export async function launch(session: CliSession, action: Action): Promise<number> {
  const { options, output, signer } = session;
  if (options.printAction) {
    output.json(actionText(action, 4));
    return EXIT.ok;
  }
  const signed = await signAction(action, signer, await ownSignatures(session, action));
  if (options.signOnly) {
    output.json(actionText(signed, 4));
    return EXIT.ok;
  }
  if (options.target === undefined && options.inputFile === undefined) {
    output.say(`no target given, using status='online'`);
  }
  return investigate(session, signed);
}

async function ownSignatures({ signer }: CliSession, action: Action): Promise<string[]> {
  const own = await readPublicKey(signer.publicKey);
  const found: string[] = [];
  for (const signature of action.pgpsignatures) {
    const isOwn = await verifySignature(signedTexts(action), signature, {
      keyring: [own],
      nowMs: Date.now(),
    }).then(
      () => true,
      () => false,
    );
    if (isOwn) found.push(signature);
  }
  return found;
}
