import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, commandTooLarge, EMPTY_RESULT, parseCommand } from '../contract/command.ts';
import { errorCode, errorMessage, MigError } from '../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../contract/names.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import type { Logger } from '../platform/log.ts';
import { type Keyring, signersOf } from '../platform/openpgp/keyring.ts';
import { actionDigest, authorize, windowOf } from './authorize.ts';
import type { AgentConfig } from './config.ts';
import { answerJson, type Executed, execute, refusal } from './execute.ts';
import type { Journal } from './journal.ts';
import type { ModuleRunner } from './module-runner.ts';
import type { Report } from './report/report.ts';

/** A message off the queue; the body of one over the limit was never kept, only its size. */
export interface IncomingMessage {
  body: Buffer;
  bytes: number;
}

export interface HandlerDeps {
  config: AgentConfig;
  keyring: Keyring;
  journal: Journal;
  report: Report;
  runner: ModuleRunner;
  queueloc: string;
  log: Logger;
  now: () => number;
  /** Commands that this process is working on. */
  active: Set<number>;
  /** Sends the stored answer of a command; does nothing while the relay is away, it goes out at the next connection. */
  deliver: (commandId: number) => void;
}

/** What is refused holds its place for a while: a flood of it must not take a processor. */
const UNREADABLE_PAUSE_MS = 25;
const REFUSAL_PAUSE_MS = 100;

const ANSWERED: ReadonlySet<string> = new Set(['started', 'answered', 'confirmed']);
const REFUSED = 'parseCommands() -> checkActionAuthorization() -> action ACL verification failed: ';

/**
 * Takes one message off the queue: journals it, acknowledges it, and only then acts. A message that is no command is
 * answered when it says which command it was, and dropped. Throws when the disk takes nothing more: then nothing was
 * acknowledged, or the command waits in the journal for `resumeJournal`.
 */
export async function handleMessage(
  deps: HandlerDeps,
  message: IncomingMessage,
  ack: () => void,
): Promise<void> {
  const { body } = message;
  deps.log.debug('message received');
  let command: Command;
  try {
    if (message.bytes > MAX_COMMAND_BYTES) throw commandTooLarge(message.bytes);
    command = parseCommand(body);
  } catch (error) {
    refuseUnreadable(deps, message, error);
    await sleep(UNREADABLE_PAUSE_MS);
    ack();
    return;
  }
  const known = deps.journal.state(command.id);
  if (known !== undefined) {
    ack();
    deps.log.info({ commandId: command.id, state: known }, 'command known already');
    if (known === 'answered' || known === 'confirmed') deps.deliver(command.id);
    return;
  }
  deps.journal.received(command.id, body.toString());
  ack();
  await runCommand(deps, command);
}

/**
 * After a crash, or when the disk has room again: what had not started runs now if it is still valid; what had
 * started is never run again.
 */
export async function resumeJournal(deps: HandlerDeps): Promise<void> {
  for (const { id, state, body } of deps.journal.unfinished()) {
    if (deps.active.has(id)) continue;
    if (body === '') {
      const bytes = Buffer.from(JSON.stringify({ id }));
      const error = new MigError('interrupted', 'the command was not readable');
      refuseUnreadable(deps, { body: bytes, bytes: bytes.length }, error);
      continue;
    }
    const command = parseCommand(Buffer.from(body));
    deps.log.warn({ commandId: id, state }, 'command of an earlier run taken up');
    if (state === 'received') await runCommand(deps, command);
    else answer(deps, command, refusal(command.action, 'interrupted: the agent ended while the command ran'));
  }
}

async function runCommand(deps: HandlerDeps, command: Command): Promise<void> {
  deps.active.add(command.id);
  try {
    await acceptAndExecute(deps, command);
  } finally {
    deps.active.delete(command.id);
  }
}

async function acceptAndExecute(deps: HandlerDeps, command: Command): Promise<void> {
  const { journal, log } = deps;
  const started = performance.now();
  try {
    await accept(deps, command);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    const refused = { code: error.code, reason: error.message };
    if (deps.report.refused({ command, ...refused })) {
      log.warn({ commandId: command.id, ...refused }, 'command refused');
    }
    answer(deps, command, refusal(command.action, error.message));
    await sleep(REFUSAL_PAUSE_MS);
    return;
  }
  log.debug({ commandId: command.id, ms: Math.round(performance.now() - started) }, 'command accepted');
  const outcome = await execute(command.action, {
    runner: deps.runner,
    now: deps.now,
    moduleTimeoutMs: deps.config.moduleTimeoutMs,
  });
  deps.report.answered(command, outcome);
  answer(deps, command, outcome);
  log.info(
    {
      commandId: command.id,
      status: outcome.status,
      ms: Math.round(performance.now() - started),
      state: journal.state(command.id),
    },
    'command finished',
  );
}

/** Everything that must hold before a module runs; from its end on the command counts as started, for ever. */
async function accept(
  { config, keyring, journal, report, queueloc, now }: HandlerDeps,
  command: Command,
): Promise<void> {
  if (command.agent.queueloc !== queueloc) {
    throw new MigError('command_wrong_agent', 'the command is for another agent');
  }
  let fingerprints: string[];
  try {
    fingerprints = await authorize(command.action, {
      ...{ keyring, acl: config.acl, onlyVerifyPubkey: config.onlyVerifyPubkey },
      ...{ nowMs: now(), signedTimeMs: journal.signedTimeMs },
    });
  } catch (error) {
    throw error instanceof MigError
      ? new MigError(error.code, `${REFUSED}${error.message}`, { cause: error })
      : error;
  }
  const digest = actionDigest(command.action);
  const earlier = journal.ranAs(digest);
  if (earlier !== undefined) {
    throw new MigError('command_replayed', `replayed: this signed action ran before, as command ${earlier}`);
  }
  report.accepted(command, signersOf(keyring, fingerprints));
  journal.started(command.id, { digest, ...windowOf(command.action) });
}

function answer(deps: HandlerDeps, command: Command, outcome: Executed): void {
  deps.journal.answered(command.id, answerJson(command, deps.queueloc, outcome));
  deps.deliver(command.id);
}

/** Malformed or too large: when at least the id can be read, its sender is told why. */
function refuseUnreadable(deps: HandlerDeps, { body, bytes }: IncomingMessage, error: unknown): void {
  const refused = { code: errorCode(error), reason: errorMessage(error) };
  if (deps.report.refused(refused)) deps.log.warn({ ...refused, bytes }, 'message refused');
  const id = bytes <= MAX_COMMAND_BYTES ? idOf(body) : undefined;
  if (id === undefined || ANSWERED.has(deps.journal.state(id) ?? '')) return;
  deps.journal.received(id, '');
  const result = { ...EMPTY_RESULT, errors: [refused.reason] };
  deps.journal.answered(
    id,
    encodeJson({ id, agent: { queueloc: deps.queueloc }, status: 'failed', results: [result] }),
  );
  deps.deliver(id);
}

function idOf(body: Buffer): number | undefined {
  try {
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined;
  } catch {
    return undefined;
  }
}
