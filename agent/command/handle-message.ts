import { setTimeout as sleep } from 'node:timers/promises';
import { isCancel, parseCancel } from '../../contract/cancel.ts';
import { isClock, parseClock } from '../../contract/clock.ts';
import { type Command, commandTooLarge, parseCommand } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { signersOf } from '../../platform/openpgp/keyring.ts';
import type { Executed } from '../report/executed.ts';
import type { AcceptedLine } from '../report/lines.ts';
import { CANCELLED_BY_PLATFORM } from '../run/module-runner.ts';
import { actionDigest, authorize, windowOf } from './authorize.ts';
import type { HandlerDeps, IncomingMessage } from './deps.ts';
import { answerJson, execute, refusal } from './execute.ts';
import type { Started, Unfinished } from './journal.ts';
import { messageDigest, refuse, refuseUnreadable, shortAnswer } from './refuse.ts';

/** The next command stays in the relay until one of these has ended. */
export const MAX_COMMANDS = 4;
/** What is refused holds its place for a while: a flood of it must not take a processor. */
const UNREADABLE_PAUSE_MS = 25;
const REFUSAL_PAUSE_MS = 100;

const REFUSED = 'parseCommands() -> checkActionAuthorization() -> action ACL verification failed: ';

/** A command that may run, and what is recorded of it. */
interface Accepted {
  started: Started;
  line: AcceptedLine;
}

/**
 * Takes one message off the queue: authorizes it, journals it, acknowledges it, and only then acts. Of what is refused
 * nothing is journaled but id, digest and a short answer. A message that is no command is answered when it says which
 * command it was, and dropped. Throws when the disk takes nothing more: then nothing was acknowledged, or the command
 * waits in the journal for `resumeJournal`.
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
    // These throw: what can be read was obeyed as it came.
    if (isCancel(body)) parseCancel(body);
    if (isClock(body)) parseClock(body);
    command = parseCommand(body);
  } catch (error) {
    refuseUnreadable(deps, message, error);
    await sleep(UNREADABLE_PAUSE_MS);
    ack();
    return;
  }
  const digest = messageDigest(body);
  if (isKnown(deps, command.id, digest)) {
    answerAgain(deps, command.id);
    ack();
    return;
  }
  await whileActive(deps, command, async (cancelled) => {
    const accepted = await acceptOrRefuse(deps, { command, digest, cancelled, settled: ack });
    if (!accepted) return;
    await waitForRoom(deps, command.id, body.toString());
    deps.journal.received(command.id, body.toString());
    ack();
    await run(deps, { command, digest, cancelled, accepted });
  });
}

/** Waits while other commands in progress leave too little room for this one: they end. Nothing else makes room. */
async function waitForRoom({ journal, active }: HandlerDeps, id: number, body: string): Promise<void> {
  const othersRun = () =>
    active.ids().some((other) => other !== id && journal.unfinishedCommand(other) !== undefined);
  while (!journal.hasRoomFor(id, body) && othersRun()) await active.nextEnd();
}

/**
 * After a crash, or when the disk has room again: what had not started runs now if it is still valid; what had
 * started is never run again.
 */
export async function resumeJournal(deps: HandlerDeps): Promise<void> {
  for (const { id } of deps.journal.unfinished()) {
    if (deps.active.has(id)) continue;
    await deps.inFlight.withPermit(async () => {
      // Looked at again: while this waited for minutes, another may have run it, and it may have its answer.
      const command = deps.journal.unfinishedCommand(id);
      if (command !== undefined && !deps.active.has(id)) await resumeCommand(deps, command);
    });
  }
}

async function resumeCommand(deps: HandlerDeps, { id, state, body }: Unfinished): Promise<void> {
  deps.log.warn({ commandId: id, state }, 'command of an earlier run taken up');
  if (body === '') {
    deps.journal.answered(id, shortAnswer(id, deps.queueloc, 'interrupted: the command was not readable'));
    deps.deliver(id);
    return;
  }
  const command = parseCommand(Buffer.from(body));
  if (state === 'received') await runReceived(deps, command, messageDigest(Buffer.from(body)));
  else answer(deps, command, refusal(command.action, 'interrupted: the agent ended while the command ran'));
}

async function runReceived(deps: HandlerDeps, command: Command, digest: string): Promise<void> {
  await whileActive(deps, command, async (cancelled) => {
    const accepted = await acceptOrRefuse(deps, { command, digest, cancelled, settled: () => {} });
    if (accepted) await run(deps, { command, digest, cancelled, accepted });
  });
}

async function whileActive(
  deps: HandlerDeps,
  command: Command,
  work: (cancelled: AbortSignal) => Promise<void>,
): Promise<void> {
  deps.active.begin(command.id);
  try {
    await work(deps.cancels.begin(command));
  } finally {
    deps.active.end(command.id);
    deps.cancels.end(command.id);
  }
}

function isKnown({ active, journal }: HandlerDeps, id: number, digest: string): boolean {
  return active.has(id) || journal.state(id) !== undefined || journal.wasRefused(id, digest);
}

/**
 * A known command is never run again: its answer comes from the disk, as long as that is kept. Throws while there is no
 * room for a short one in its place.
 */
function answerAgain({ active, journal, queueloc, log, deliver }: HandlerDeps, commandId: number): void {
  const state = journal.state(commandId) ?? 'refused';
  log.info({ commandId, state }, 'command known already');
  if (active.has(commandId) || state === 'received' || state === 'started') return;
  if (journal.answer(commandId) === undefined) {
    journal.requireRoom();
    const text = 'the command ran before; its answer was delivered and is no longer kept';
    journal.answered(commandId, shortAnswer(commandId, queueloc, text));
  }
  deliver(commandId);
}

interface Incoming {
  command: Command;
  /** Of the message. */
  digest: string;
  cancelled: AbortSignal;
}

/** What may run; undefined when it was refused, with `settled` called before the refusal is delivered. */
async function acceptOrRefuse(
  deps: HandlerDeps,
  { command, digest, cancelled, settled }: Incoming & { settled: () => void },
): Promise<Accepted | undefined> {
  try {
    if (cancelled.aborted) throw new MigError('command_cancelled', CANCELLED_BY_PLATFORM);
    return await accept(deps, command);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    await refuse(deps, { command, digest, error });
    settled();
    deps.deliver(command.id);
    await sleep(REFUSAL_PAUSE_MS);
    return undefined;
  }
}

/** Everything that must hold before a command is taken. */
async function accept(deps: HandlerDeps, command: Command): Promise<Accepted> {
  const { config, keyring, journal, report, queueloc, now, log } = deps;
  const began = performance.now();
  if (command.agent.queueloc !== queueloc) {
    throw new MigError('command_wrong_agent', 'the command is for another agent');
  }
  let fingerprints: string[];
  try {
    fingerprints = await authorize(command.action, {
      keyring,
      acl: config.acl,
      onlyVerifyPubkey: config.onlyVerifyPubkey,
      nowMs: now(),
      signedTimeMs: journal.signedTimeMs,
    });
  } catch (error) {
    throw error instanceof MigError
      ? new MigError(error.code, `${REFUSED}${error.message}`, { cause: error })
      : error;
  }
  const digest = actionDigest(command.action);
  const earlier = journal.ranAs(digest);
  if (earlier !== undefined) throw replayed(earlier);
  if (!journal.hasRoomForDigest()) {
    throw new MigError('digests_full', 'as many actions as the agent can remember are still valid');
  }
  const line = report.lineOf(command, signersOf(keyring, fingerprints));
  log.debug({ commandId: command.id, ms: Math.round(performance.now() - began) }, 'command accepted');
  return { started: { digest, ...windowOf(command.action) }, line };
}

function replayed(earlier: number): MigError {
  return new MigError('command_replayed', `replayed: this signed action ran before, as command ${earlier}`);
}

/** Runs a command once: from the moment it has started it counts as such for ever. */
async function run(
  deps: HandlerDeps,
  { command, digest, cancelled, accepted }: Incoming & { accepted: Accepted },
): Promise<void> {
  const { journal, log, report } = deps;
  if (deps.work.isEnding) return; // it is in the journal: the next process runs it
  const began = performance.now();
  report.accepted(accepted.line);
  if (!journal.started(command.id, accepted.started)) {
    const error = replayed(journal.ranAs(accepted.started.digest) ?? command.id);
    await refuse(deps, { command, digest, error });
    deps.deliver(command.id);
    return;
  }
  const outcome = await execute(command.action, {
    runner: deps.runner,
    now: deps.now,
    moduleTimeoutMs: deps.config.moduleTimeoutMs,
    cancelled,
  });
  report.answered(command, outcome);
  answer(deps, command, outcome);
  log.info(
    {
      commandId: command.id,
      status: outcome.status,
      ms: Math.round(performance.now() - began),
      state: journal.state(command.id),
    },
    'command finished',
  );
}

function answer(deps: HandlerDeps, command: Command, outcome: Executed): void {
  deps.journal.answered(command.id, answerJson(command, deps.queueloc, outcome));
  deps.deliver(command.id);
}
