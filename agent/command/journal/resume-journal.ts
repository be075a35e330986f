import { type Command, parseCommand } from '../../../contract/command.ts';
import { errorMessage } from '../../../contract/errors.ts';
import { acceptOrRefuse } from '../accept.ts';
import { shortAnswer, uniformOutcome } from '../answer-json.ts';
import type { HandlerDeps } from '../deps.ts';
import { messageDigest } from '../refuse.ts';
import { answerCommand, runCommand, whileActive } from '../run-command.ts';
import type { UnfinishedCommand } from './journal.ts';

/**
 * Finishes the commands in the journal, after a crash or when the disk has room again. A command that had not started runs
 * now, if it is still valid; one that had started never runs again, and is answered as interrupted.
 */
export async function resumeJournal(deps: HandlerDeps): Promise<void> {
  for (const { id } of deps.journal.unfinished()) {
    if (deps.active.has(id)) continue;
    await deps.inFlight.withPermit(async () => {
      // Another caller may have run and answered the command during the wait for a permit.
      const command = deps.journal.unfinishedCommand(id);
      if (command !== undefined && !deps.active.has(id)) await resumeCommand(deps, command);
    });
  }
}

export function resumeInBackground(deps: HandlerDeps): void {
  resumeJournal(deps).catch((error: unknown) =>
    deps.log.error({ error: errorMessage(error) }, 'journal not resumed'),
  );
}

async function resumeCommand(deps: HandlerDeps, { id, state, body }: UnfinishedCommand): Promise<void> {
  deps.log.warn({ commandId: id, state }, 'command of an earlier process resumed');
  if (body === '') {
    deps.journal.recordAnswered(
      id,
      shortAnswer(id, deps.queueloc, 'interrupted: the command was not readable'),
    );
    deps.deliver(id);
    return;
  }
  const command = parseCommand(Buffer.from(body));
  if (state === 'received') await runReceived(deps, command, messageDigest(Buffer.from(body)));
  else {
    const error = 'interrupted: the agent ended while the command ran';
    answerCommand(deps, command, uniformOutcome(command.action, { error }));
  }
}

async function runReceived(deps: HandlerDeps, command: Command, digest: string): Promise<void> {
  await whileActive(deps, command, async (cancelled) => {
    const received = { command, digest, cancelled };
    const accepted = await acceptOrRefuse(deps, { ...received, onRefused: () => {} });
    if (accepted) await runCommand(deps, { ...received, accepted });
  });
}
