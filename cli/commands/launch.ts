import type { Action } from '../../contract/action.ts';
import { errorCode, MigError } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkUnsigned } from '../../contract/rules/validity.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import { loadAction, requireSignatures } from '../action/action-file.ts';
import { actionText, ONLINE, signAction, withWindow } from '../action/build-action.ts';
import { investigate } from '../action/investigate.ts';
import { confirmSignature, showWhatIsSigned } from '../action/review.ts';
import type { ApiClient } from '../api/api-client.ts';
import { ACTION_OPTIONS, takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import { type CliSession, openSession } from '../session.ts';
import { countDown } from '../terminal/count-down.ts';

/** `mig -i <file>`: signs an action from a file, on top of what others signed, and launches it. */
export async function fileCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { takes: ['i', ...ACTION_OPTIONS] });
  if (options.inputFile === undefined) throw new MigError('usage', 'mig -i needs a file; see mig help');
  if (rest.length > 0)
    throw new MigError('usage', `unexpected word ${JSON.stringify(rest[0])}; see mig help`);
  if (options.target === 'local') throw new MigError('usage', '-i and -t local cannot be used together');
  const session = await openSession(options);
  return launch(session, loadAction(options.inputFile, options, session.config.macros));
}

/** Prints (-p), signs and prints (-s), or signs, posts and follows. */
export async function launch(session: CliSession, action: Action): Promise<number> {
  const { options, output } = session;
  if (options.inputFile !== undefined) await requireSignatures(options.inputFile, action);
  checkUnsigned(withWindow(action, options), Date.now());
  if (options.printAction) {
    output.json(actionText(withWindow(action, options), 4));
    return EXIT.ok;
  }
  if (options.signOnly) return signAndPrint(session, withWindow(action, options));
  if (options.inputFile !== undefined) await showWhatIsSigned(session, action);
  if (action.pgpsignatures.length > 0 && !(await confirmSignature(session))) return EXIT.cancelled;
  if (options.target === undefined && options.inputFile === undefined) {
    output.say(`no target given, using ${ONLINE}`);
  }
  if (!(await confirmTarget(session, action))) return EXIT.refused;
  if (!(await countDown(output, options))) return EXIT.cancelled;
  return investigate(session, await sign(session, action));
}

async function signAndPrint(session: CliSession, action: Action): Promise<number> {
  if (session.options.inputFile !== undefined) {
    await showWhatIsSigned(session, action);
    if (!(await confirmSignature(session))) return EXIT.cancelled;
  }
  session.output.json(actionText(await sign(session, action), 4));
  return EXIT.ok;
}

async function confirmTarget({ api, output }: CliSession, { target }: Action): Promise<boolean> {
  const count = await api.countAgents(target);
  if (count === 0) {
    output.say(`the target matches no agent, nothing was launched: ${target}`);
    output.say(WHO_IS_REACHED);
    return false;
  }
  output.say(`${count} agent(s) will be asked`);
  // Whoever names the status has chosen.
  const online = /\bstatus\b/i.test(target) ? undefined : await countOnline(api, target);
  if (online !== undefined && online < count)
    output.say(
      `not online: ${count - online} of them, which answer only if they are back before the action expires; AND ${ONLINE} leaves them out`,
    );
  return true;
}

/** Undefined where this condition makes a target longer or deeper than the API takes: that is no reason not to launch. */
async function countOnline(api: ApiClient, target: string): Promise<number | undefined> {
  try {
    return await api.countAgents(`(${target}) AND ${ONLINE}`);
  } catch (error) {
    if (errorCode(error).startsWith('target_')) return undefined;
    throw error;
  }
}

/** Its window begins now: neither the count nor the countdown takes of its validity. */
async function sign(session: CliSession, action: Action): Promise<Action> {
  const windowed = withWindow(action, session.options);
  const own = await ownSignatures(session, windowed);
  if (own.length > 0 && session.options.signOnly)
    session.output.say('you signed it before: nothing was added');
  return signAction(windowed, session.signer, own);
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
