import type { Command } from '../../contract/command.ts';
import type { CommandOutcome } from '../report/command-outcome.ts';
import { type Accepted, type ReceivedCommand, replayed } from './accept.ts';
import { answerJson } from './answer-json.ts';
import type { HandlerDeps } from './deps.ts';
import { execute } from './execute.ts';
import { refuse } from './refuse.ts';

/** The most commands in progress at the same time. The next one stays in the relay until one of them ends. */
export const MAX_COMMANDS = 4;

/** Runs a journaled command, at most once: the journal records the start before any module runs. */
export async function runCommand(
  deps: HandlerDeps,
  { command, digest, cancelled, accepted }: ReceivedCommand & { accepted: Accepted },
): Promise<void> {
  const { journal, log, report, runner, now, moduleTimeoutMs } = deps;
  if (deps.work.isEnding) return; // The next process resumes it from the journal.
  const startMs = performance.now();
  report.recordAccepted(accepted.line);
  if (!journal.recordStarted(command.id, accepted.started)) {
    const error = replayed(journal.ranAs(accepted.started.digest) ?? command.id);
    await refuse(deps, { command, digest, error });
    deps.deliver(command.id);
    return;
  }
  const outcome = await execute(command.action, { runner, now, moduleTimeoutMs, cancelled });
  report.recordAnswered(command, outcome);
  answerCommand(deps, command, outcome);
  log.info(
    {
      commandId: command.id,
      status: outcome.status,
      ms: Math.round(performance.now() - startMs),
      state: journal.state(command.id),
    },
    'command finished',
  );
}

/** Stores an answer and sends it. */
export function answerCommand(deps: HandlerDeps, command: Command, outcome: CommandOutcome): void {
  deps.journal.recordAnswered(command.id, answerJson(command, deps.queueloc, outcome));
  deps.deliver(command.id);
}

/** Does some work, during which the command counts as in progress and can be cancelled. */
export async function whileActive(
  { active, cancels }: HandlerDeps,
  command: Command,
  work: (cancelled: AbortSignal) => Promise<void>,
): Promise<void> {
  active.add(command.id);
  try {
    await work(cancels.watch(command));
  } finally {
    active.remove(command.id);
    cancels.forget(command.id);
  }
}
