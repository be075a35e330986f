import type { Action } from '../../contract/action.ts';
import { errorCode } from '../../contract/errors.ts';
import { checkUnsigned } from '../../contract/rules/validity.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import type { ApiClient } from '../api/api-client.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import type { CliSession } from '../session.ts';
import { countDown } from '../terminal/count-down.ts';
import { requireSignatures } from './action-file.ts';
import { actionText } from './action-text.ts';
import { investigate } from './investigate.ts';
import { confirmSignature, showWhatIsSigned } from './review.ts';
import { signAction } from './sign-action.ts';
import { ONLINE } from './target.ts';
import { withWindow } from './window.ts';

/** Posts a signed action. Returns the exit code. */
type Send = (session: CliSession, action: Action) => Promise<number>;

/**
 * Prints an action (-p), signs and prints it (-s), or signs and posts it, and watches it unless `send` does something else.
 * Returns the exit code.
 */
export async function launch(session: CliSession, action: Action, send: Send = investigate): Promise<number> {
  const { options, output } = session;
  await refuseUnsendable(session, action);
  if (options.printAction) {
    output.json(actionText(withWindow(action, options), 4));
    return EXIT.ok;
  }
  if (options.signOnly) return signAndPrint(session, withWindow(action, options));
  if (options.inputFile !== undefined) await showWhatIsSigned(session, action);
  if (action.pgpsignatures.length > 0 && !(await confirmSignature(session))) return EXIT.cancelled;
  if (options.target === undefined && options.inputFile === undefined) {
    output.note(`no target given, using ${ONLINE}`);
  }
  if (!(await reachesAgents(session, action))) return EXIT.refused;
  if (!options.isSure && !(await countDown(output))) return EXIT.cancelled;
  return send(session, await signAction(session, action));
}

async function signAndPrint(session: CliSession, action: Action): Promise<number> {
  const signed = await signReviewed(session, action);
  if (signed === undefined) return EXIT.cancelled;
  session.output.json(actionText(signed, 4));
  return EXIT.ok;
}

/** Signs an action, one of a file only after it was shown; undefined when the investigator says no. */
export async function signReviewed(session: CliSession, action: Action): Promise<Action | undefined> {
  if (session.options.inputFile !== undefined) {
    await showWhatIsSigned(session, action);
    if (!(await confirmSignature(session))) return undefined;
  }
  return signAction(session, action);
}

/** Refuses an action that the API or the agents would refuse. */
export async function refuseUnsendable({ options }: CliSession, action: Action): Promise<void> {
  if (options.inputFile !== undefined) await requireSignatures(options.inputFile, action);
  checkUnsigned(withWindow(action, options), Date.now());
}

/** Prints the number of agents that the target reaches, and of those that are not online; false if it reaches none. */
async function reachesAgents({ api, output }: CliSession, { target }: Action): Promise<boolean> {
  const count = await api.countAgents(target);
  if (count === 0) {
    output.note(`the target matches no agent, nothing was launched: ${target}`);
    output.note(WHO_IS_REACHED);
    return false;
  }
  output.note(`${countOf(count, 'agent')} will be asked`);
  // A target that names status is deliberate.
  const online = /\bstatus\b/i.test(target) ? undefined : await countOnline(api, target);
  const onlineOnly = shellLine(['-t', withOnline(target)]);
  if (online !== undefined && online < count)
    output.note(
      `not online: ${count - online} of them, which answer only if they return before the action expires; ${onlineOnly} leaves them out`,
    );
  return true;
}

/** Undefined when the added condition makes the target too long or too deep for the API; the action can still run. */
async function countOnline(api: ApiClient, target: string): Promise<number | undefined> {
  try {
    return await api.countAgents(withOnline(target));
  } catch (error) {
    if (errorCode(error).startsWith('target_')) return undefined;
    throw error;
  }
}

function withOnline(target: string): string {
  return `(${target}) AND ${ONLINE}`;
}
