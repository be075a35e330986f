import { setTimeout as sleep } from 'node:timers/promises';
import { isCancel, parseCancel } from '../../contract/cancel.ts';
import { isClock, parseClock } from '../../contract/clock.ts';
import { type Command, commandTooLarge, parseCommand } from '../../contract/command.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { acceptOrRefuse } from './accept.ts';
import { shortAnswer } from './answer-json.ts';
import type { HandlerDeps, IncomingMessage } from './deps.ts';
import { messageDigest, refuseUnreadable } from './refuse.ts';
import { runCommand, whileActive } from './run-command.ts';

/** Slows down a flood of messages that are refused, so that it cannot occupy a processor. */
const UNREADABLE_PAUSE_MS = 25;

/**
 * Handles one message: authorizes the command, journals it, acknowledges it, then runs it. For a refused command it stores
 * only id, digest and a short answer. A message that is no command is answered if it contains a command's id, then dropped.
 * On a full disk it throws: the message stays unacknowledged, or its command waits in the journal.
 */
export async function handleMessage(deps: HandlerDeps, message: IncomingMessage): Promise<void> {
  deps.log.debug('message received');
  const command = await parseOrRefuse(deps, message);
  if (!command) return;
  const digest = messageDigest(message.body);
  if (isKnown(deps, command.id, digest)) {
    answerAgain(deps, command.id);
    message.acknowledge();
    return;
  }
  await whileActive(deps, command, async (cancelled) => {
    const received = { command, digest, cancelled };
    const accepted = await acceptOrRefuse(deps, { ...received, onRefused: () => message.acknowledge() });
    if (!accepted) return;
    const body = message.body.toString();
    await waitForRoom(deps, command.id, body);
    deps.journal.recordReceived(command.id, body);
    message.acknowledge();
    await runCommand(deps, { ...received, accepted });
  });
}

async function parseOrRefuse(deps: HandlerDeps, message: IncomingMessage): Promise<Command | undefined> {
  const { body, bytes } = message;
  try {
    if (bytes > MAX_COMMAND_BYTES) throw commandTooLarge(bytes);
    // Well-formed cancels and clock messages were obeyed on arrival: these throw.
    if (isCancel(body)) parseCancel(body);
    if (isClock(body)) parseClock(body);
    return parseCommand(body);
  } catch (error) {
    refuseUnreadable(deps, message, error);
    await sleep(UNREADABLE_PAUSE_MS);
    message.acknowledge();
    return undefined;
  }
}

function isKnown({ active, journal }: HandlerDeps, id: number, digest: string): boolean {
  return active.has(id) || journal.state(id) !== undefined || journal.wasRefused(id, digest);
}

/**
 * Sends the stored answer of a known command, which never runs again. If the answer is no longer kept, a short one replaces
 * it; throws when there is no room for that.
 */
function answerAgain({ active, journal, queueloc, log, deliver }: HandlerDeps, commandId: number): void {
  const state = journal.state(commandId) ?? 'refused';
  log.info({ commandId, state }, 'command already known');
  if (active.has(commandId) || state === 'received' || state === 'started') return;
  if (journal.answer(commandId) === undefined) {
    journal.requireRoom();
    const text = 'the command ran before; its answer was delivered and is no longer kept';
    journal.recordAnswered(commandId, shortAnswer(commandId, queueloc, text));
  }
  deliver(commandId);
}

/** Waits until commands in progress have freed enough room in the journal. */
async function waitForRoom({ journal, active }: HandlerDeps, id: number, body: string): Promise<void> {
  const isUnfinished = (other: number) => other !== id && journal.unfinishedCommand(other) !== undefined;
  while (!journal.hasRoomFor(id, body) && active.ids().some(isUnfinished)) await active.nextEnd();
}
