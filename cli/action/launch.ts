import type { Action } from '../../contract/action.ts';
import { errorCode } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { checkUnsigned } from '../../contract/rules/validity.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import { type ApiClient, countAgents } from '../api/api-client.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import type { InboxOptions } from '../options.ts';
import type { CliSession } from '../session.ts';
import { countDown } from '../terminal/count-down.ts';
import type { Output } from '../terminal/output.ts';
import { requireSignatures } from './action-file.ts';
import { prettyActionText } from './action-text.ts';
import { brakesLines, limitNotes } from './brakes.ts';
import { investigate } from './investigate.ts';
import { findMissingWeight } from './missing-weight.ts';
import { confirmSignature, showWhatIsSigned } from './review.ts';
import { signAction } from './sign-action.ts';
import { INBOX_EXPIRATION, offerInbox, submitToInbox } from './submit.ts';
import { ONLINE } from './target.ts';
import { withWindow } from './window.ts';

/** Posts a signed action. Returns the exit code. */
export type Send = (session: CliSession, action: Action) => Promise<number>;

interface Launching {
  send?: Send;
  /** Whether the investigator wrote and signed it just now: then nobody is asked about its signatures. */
  isReviewed?: boolean;
  /** The last chance to launch nothing. */
  reconsider?: (output: Output) => Promise<boolean>;
}

/**
 * Prints an action (-p), signs and prints it (-s), or signs and posts it, and watches it unless `send` does something else.
 * Returns the exit code.
 */
export async function launch(
  session: CliSession,
  action: Action,
  { send = investigate, isReviewed = false, reconsider = countDown }: Launching = {},
): Promise<number> {
  const { options, output } = session;
  await refuseUnsendable(session, action);
  if (options.printAction) {
    output.json(prettyActionText(withWindow(action, options)));
    return EXIT.ok;
  }
  if (options.signOnly) return signAndPrint(session, withWindow(action, options));
  const earlier = options.inputFile === undefined ? [] : await showWhatIsSigned(session, action);
  const asksSigner = action.pgpsignatures.length > 0 && !isReviewed;
  if (asksSigner && !(await confirmSignature(session))) return EXIT.cancelled;
  if (options.target === undefined && options.inputFile === undefined) {
    output.note(`no target given, using ${ONLINE}`);
  }
  const agents = await countReached(session, action);
  if (agents === 0) return EXIT.refused;
  if (options.brakes) for (const line of brakesLines(options.brakes)) output.note(`brakes     ${line}`);
  const inbox = options.inbox ?? (await chooseInbox(session, action, earlier));
  noteLimits(session, action, { agents, isInbox: inbox !== undefined });
  if (inbox) return submitToInbox(session, action, { agents, inbox });
  if (!options.isSure && !(await reconsider(output))) return EXIT.cancelled;
  return send(session, await signAction(session, action));
}

/**
 * Prints what the brakes will not do: ask all agents in time, or stop in time. In the inbox the first depends on when the last
 * signer signs.
 */
function noteLimits(
  { options, output }: CliSession,
  action: Action,
  { agents, isInbox }: { agents: number; isInbox: boolean },
): void {
  if (options.brakes === undefined) return;
  const expiration = options.expiration ?? (isInbox ? INBOX_EXPIRATION : undefined);
  const { validfrom, expireafter } = withWindow(action, { expiration });
  const withinMs = unixMillis(expireafter) - Math.max(Date.now(), unixMillis(validfrom));
  for (const note of limitNotes(options.brakes, { agents, withinMs })) output.note(note);
}

/** An action that lacks weight may wait for others, if the person at the terminal wants it to. */
async function chooseInbox(
  session: CliSession,
  action: Action,
  earlier: readonly string[],
): Promise<InboxOptions | undefined> {
  const signers = [...new Set([...earlier, session.signer.fingerprint])];
  const missing = await findMissingWeight(session, action, signers);
  if (missing === undefined || !(await offerInbox(session, missing))) return undefined;
  return { why: undefined, signers: undefined };
}

async function signAndPrint(session: CliSession, action: Action): Promise<number> {
  const signed = await signReviewed(session, action);
  if (signed === undefined) return EXIT.cancelled;
  session.output.json(prettyActionText(signed));
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

/** Prints and returns the number of agents that the target reaches, and prints how many of those are not online. */
export async function countReached(
  { api, output }: Pick<CliSession, 'api' | 'output'>,
  { target }: Pick<Action, 'target'>,
): Promise<number> {
  const count = await countAgents(api, target);
  if (count === 0) {
    output.note(`the target matches no agent, nothing was launched: ${target}`);
    output.note(WHO_IS_REACHED);
    return count;
  }
  output.note(`${countOf(count, 'agent')} will be asked`);
  // A target that names status is deliberate.
  const online = /\bstatus\b/i.test(target) ? undefined : await countOnline(api, target);
  const onlineOnly = shellLine(['-t', withOnline(target)]);
  if (online !== undefined && online < count)
    output.note(
      `not online: ${count - online} of them, which answer only if they return before the action expires; ${onlineOnly} leaves them out`,
    );
  return count;
}

/** Undefined when the added condition makes the target too long or too deep for the API; the action can still run. */
async function countOnline(api: ApiClient, target: string): Promise<number | undefined> {
  try {
    return await countAgents(api, withOnline(target));
  } catch (error) {
    if (errorCode(error).startsWith('target_')) return undefined;
    throw error;
  }
}

function withOnline(target: string): string {
  return `(${target}) AND ${ONLINE}`;
}
