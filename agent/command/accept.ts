import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { COMMAND_REFUSED } from '../../contract/rules/acl.ts';
import { signersOf } from '../../platform/openpgp/keyring.ts';
import type { AcceptedLine } from '../report/lines.ts';
import { CANCELLED_BY_PLATFORM } from '../run/outcome.ts';
import { actionDigest, authorize, windowOf } from './authorize.ts';
import type { HandlerDeps } from './deps.ts';
import type { StartedAction } from './journal/journal-lines.ts';
import { refuse } from './refuse.ts';

/** Slows down a flood of commands that are refused, so that it cannot occupy a processor. */
const REFUSAL_PAUSE_MS = 100;

/** A parsed command. */
export interface ReceivedCommand {
  command: Command;
  /** The digest of the message. */
  digest: string;
  cancelled: AbortSignal;
}

/** The records of a command that may run: for the set of started actions, and for the report. */
export interface Accepted {
  started: StartedAction;
  line: AcceptedLine;
}

/** Undefined when the command was refused. Calls `onRefused` before it delivers the refusal. */
export async function acceptOrRefuse(
  deps: HandlerDeps,
  { command, digest, cancelled, onRefused }: ReceivedCommand & { onRefused: () => void },
): Promise<Accepted | undefined> {
  try {
    if (cancelled.aborted) throw new MigError('command_cancelled', CANCELLED_BY_PLATFORM);
    return await accept(deps, command);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    await refuse(deps, { command, digest, error });
    onRefused();
    deps.deliver(command.id);
    await sleep(REFUSAL_PAUSE_MS);
    return undefined;
  }
}

/** Decides whether a command may run; throws MigError. */
async function accept(deps: HandlerDeps, command: Command): Promise<Accepted> {
  const { keyring, journal, report, queueloc, log } = deps;
  const startMs = performance.now();
  if (command.agent.queueloc !== queueloc) {
    throw new MigError('command_wrong_agent', 'the command is for another agent');
  }
  const fingerprints = await authorizeCommand(deps, command);
  const digest = actionDigest(command.action);
  const earlier = journal.ranAs(digest);
  if (earlier !== undefined) throw replayed(earlier);
  if (!journal.hasRoomForDigest()) {
    throw new MigError('digests_full', 'as many actions as the agent can remember are still valid');
  }
  const line = report.lineOf(command, signersOf(keyring, fingerprints));
  log.debug({ commandId: command.id, ms: Math.round(performance.now() - startMs) }, 'command accepted');
  return { started: { digest, ...windowOf(command.action) }, line };
}

/** Returns the fingerprints of the signers. */
async function authorizeCommand(
  { keyring, acl, onlyVerifyPubkey, journal, now }: HandlerDeps,
  { action }: Command,
): Promise<string[]> {
  try {
    return await authorize(action, {
      keyring,
      acl,
      onlyVerifyPubkey,
      nowMs: now(),
      signedTimeMs: journal.signedTimeMs,
    });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError(error.code, `${COMMAND_REFUSED}${error.message}`, { cause: error });
  }
}

export function replayed(earlier: number): MigError {
  return new MigError('command_replayed', `replayed: this signed action ran before, as command ${earlier}`);
}
