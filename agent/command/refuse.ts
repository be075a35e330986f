import { type Command, EMPTY_RESULT } from '../../contract/command.ts';
import { sha256Hex } from '../../contract/digest.ts';
import { errorCode, errorMessage, type MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { signersOf } from '../../platform/openpgp/keyring.ts';
import { signersWhoVerify } from './authorize.ts';
import type { HandlerDeps, IncomingMessage } from './deps.ts';

const MAX_REASON = 1000;
/** Results that repeat the reason; the others, of actions with many operations, refer to the first. */
const REPEATED = 4;

/** Identifies a message, whatever is in it. */
export function messageDigest(body: Buffer): string {
  return sha256Hex(body);
}

/** Records that a command is not run, and why; its sender is answered with that and nothing of the command. */
export async function refuse(
  deps: HandlerDeps,
  { command, digest, error }: { command: Command; digest: string; error: MigError },
): Promise<void> {
  const refused = { code: error.code, reason: error.message };
  const signers = deps.report.takesRefusals ? await whoSigned(deps, command) : [];
  if (deps.report.refused({ command, signers, ...refused })) {
    deps.log.warn({ commandId: command.id, ...refused }, 'command refused');
  }
  deps.journal.refused(command.id, { digest, answer: refusalJson(command, deps.queueloc, error) });
}

/** Malformed or too large: when at least the id can be read, its sender is told why. */
export function refuseUnreadable(deps: HandlerDeps, { body, bytes }: IncomingMessage, error: unknown): void {
  const refused = { code: errorCode(error), reason: errorMessage(error) };
  if (deps.report.refused(refused)) deps.log.warn({ ...refused, bytes }, 'message refused');
  const id = bytes <= MAX_COMMAND_BYTES ? idOf(body) : undefined;
  if (id === undefined || deps.active.has(id) || deps.journal.state(id) !== undefined) return;
  const answer = shortAnswer(id, deps.queueloc, refused.reason);
  deps.journal.refused(id, { digest: messageDigest(body), answer });
  deps.deliver(id);
}

/**
 * The agent itself failed on a message: its sender is told, whatever had begun. Nothing is said while another message
 * about the same command is being handled, or when the command has its answer.
 */
export function answerFailure(deps: HandlerDeps, message: IncomingMessage, error: unknown): void {
  const id = idOf(message.body);
  const state = id === undefined ? undefined : deps.journal.state(id);
  if (id === undefined || state === undefined) refuseUnreadable(deps, message, error);
  else if (!deps.active.has(id) && (state === 'received' || state === 'started')) {
    const text = `interrupted: the agent failed: ${errorMessage(error)}`;
    deps.journal.answered(id, shortAnswer(id, deps.queueloc, text));
    deps.deliver(id);
  }
}

/** An answer of one result, for a command of which nothing else is known any more. */
export function shortAnswer(id: number, queueloc: string, error: string): string {
  return encodeJson({
    id,
    agent: { queueloc },
    status: 'failed',
    results: [{ ...EMPTY_RESULT, errors: [error.slice(0, MAX_REASON)] }],
  });
}

/** What MIG's scheduler matches an answer by, and a result for each operation (spec/relay.md#result-body). */
function refusalJson({ id, action, agent }: Command, queueloc: string, error: MigError): string {
  const results = action.operations.map((_, index) => ({
    ...EMPTY_RESULT,
    errors: [index < REPEATED ? error.message.slice(0, MAX_REASON) : 'refused: see the first result'],
  }));
  return encodeJson({
    id,
    action: { id: action.id },
    agent: { id: agent.id, queueloc, pid: agent.pid },
    status: error.code === 'command_cancelled' ? 'cancelled' : 'failed',
    results,
  });
}

async function whoSigned({ keyring, journal, now }: HandlerDeps, { action }: Command) {
  const nowMs = Math.max(now(), journal.signedTimeMs);
  return signersOf(keyring, await signersWhoVerify(action, { keyring, nowMs }));
}

function idOf(body: Buffer): number | undefined {
  try {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
