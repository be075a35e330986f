import type { Command } from '../../contract/command.ts';
import { sha256Hex } from '../../contract/digest.ts';
import { errorCode, errorMessage, type MigError } from '../../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { signersOf } from '../../platform/openpgp/keyring.ts';
import type { Signer } from '../report/lines.ts';
import { refusalJson, shortAnswer } from './answer-json.ts';
import { findGenuineSigners } from './authorize.ts';
import type { HandlerDeps, IncomingMessage } from './deps.ts';

/** Identifies a message, readable or not. */
export function messageDigest(body: Buffer): string {
  return sha256Hex(body);
}

/** Records a refusal in report and journal. The answer contains the reason, and nothing from the command but ids. */
export async function refuse(
  deps: HandlerDeps,
  { command, digest, error }: { command: Command; digest: string; error: MigError },
): Promise<void> {
  const refused = { code: error.code, reason: error.message };
  const signers = deps.report.hasRoomForRefusal ? await findSigners(deps, command) : [];
  if (deps.report.recordRefused({ command, signers, ...refused })) {
    deps.log.warn({ commandId: command.id, ...refused }, 'command refused');
  }
  deps.journal.recordRefused(command.id, { digest, answer: refusalJson(command, deps.queueloc, error) });
}

async function findSigners({ keyring, journal, now }: HandlerDeps, { action }: Command): Promise<Signer[]> {
  const nowMs = Math.max(now(), journal.signedTimeMs);
  return signersOf(keyring, await findGenuineSigners(action, { keyring, nowMs }));
}

/** Refuses a malformed or oversized message, and answers it if it contains an id that belongs to no known command. */
export function refuseUnreadable(deps: HandlerDeps, { body, bytes }: IncomingMessage, error: unknown): void {
  const refused = { code: errorCode(error), reason: errorMessage(error) };
  if (deps.report.recordRefused(refused)) deps.log.warn({ ...refused, bytes }, 'message refused');
  const id = bytes <= MAX_COMMAND_BYTES ? readCommandId(body) : undefined;
  if (id === undefined || deps.active.has(id) || deps.journal.state(id) !== undefined) return;
  const answer = shortAnswer(id, deps.queueloc, refused.reason);
  deps.journal.recordRefused(id, { digest: messageDigest(body), answer });
  deps.deliver(id);
}

/**
 * Answers a message that the agent itself failed to handle, at whatever step of its command. Does nothing while another
 * message about the same command is being handled, or when the command was answered.
 */
export function answerFailure(deps: HandlerDeps, message: IncomingMessage, error: unknown): void {
  const id = readCommandId(message.body);
  const state = id === undefined ? undefined : deps.journal.state(id);
  if (id === undefined || state === undefined) {
    refuseUnreadable(deps, message, error);
    return;
  }
  const isUnfinished = state === 'received' || state === 'started';
  if (deps.active.has(id) || !isUnfinished) return;
  const text = `interrupted: the agent failed: ${errorMessage(error)}`;
  deps.journal.recordAnswered(id, shortAnswer(id, deps.queueloc, text));
  deps.deliver(id);
}

function readCommandId(body: Buffer): number | undefined {
  try {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
