import { type Command, parseCommand } from '../contract/command.ts';
import { errorCode, errorMessage, MigError } from '../contract/errors.ts';
import { MAX_COMMAND_BYTES } from '../contract/names.ts';
import { encodeJson } from '../contract/rules/go-json.ts';
import type { Logger } from '../platform/log.ts';
import type { Keyring } from '../platform/openpgp/keyring.ts';
import { actionDigest, authorize, windowOf } from './authorize.ts';
import type { AgentConfig } from './config.ts';
import { answerJson, execute, refusal } from './execute.ts';
import type { Journal } from './journal.ts';

export interface HandlerDeps {
  config: AgentConfig;
  keyring: Keyring;
  journal: Journal;
  queueloc: string;
  log: Logger;
  now: () => number;
  /** Sends the stored answer of a command; does nothing while the relay is away, it goes out at the next connection. */
  deliver: (commandId: number) => void;
}

const ANSWERED: ReadonlySet<string> = new Set(['started', 'answered', 'confirmed']);
const REFUSED = 'parseCommands() -> checkActionAuthorization() -> action ACL verification failed: ';

/**
 * Takes one message off the queue: journals it, acknowledges it, and only then acts. A message that is no command is
 * answered when it says which command it was, and dropped.
 */
export async function handleMessage(deps: HandlerDeps, body: Buffer, ack: () => void): Promise<void> {
  let command: Command;
  try {
    command = parseCommand(body);
  } catch (error) {
    ack();
    refuseUnreadable(deps, body, error);
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

/** After a crash: what had not started runs now if it is still valid; what had started is never run again. */
export async function resumeJournal(deps: HandlerDeps): Promise<void> {
  for (const { id, state, body } of deps.journal.unfinished()) {
    if (body === '') {
      refuseUnreadable(
        deps,
        Buffer.from(JSON.stringify({ id })),
        new MigError('interrupted', 'the command was not readable'),
      );
      continue;
    }
    const command = parseCommand(Buffer.from(body));
    if (state === 'received') await runCommand(deps, command);
    else answer(deps, command, refusal(command.action, 'interrupted: the agent ended while the command ran'));
    deps.log.warn({ commandId: id, state }, 'command of an earlier run taken up');
  }
}

async function runCommand(deps: HandlerDeps, command: Command): Promise<void> {
  const { journal, log } = deps;
  const started = performance.now();
  try {
    await accept(deps, command);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    log.warn({ commandId: command.id, code: error.code, reason: error.message }, 'command refused');
    answer(deps, command, refusal(command.action, error.message));
    return;
  }
  const outcome = await execute(command.action, {
    nowMs: deps.now(),
    moduleTimeoutMs: deps.config.moduleTimeoutMs,
    mask: deps.config.extraPrivacy,
  });
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
  { config, keyring, journal, queueloc, now }: HandlerDeps,
  command: Command,
): Promise<void> {
  if (command.agent.queueloc !== queueloc) {
    throw new MigError('command_wrong_agent', 'the command is for another agent');
  }
  try {
    await authorize(command.action, {
      keyring,
      acl: config.acl,
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
  if (earlier !== undefined) {
    throw new MigError('command_replayed', `replayed: this signed action ran before, as command ${earlier}`);
  }
  journal.started(command.id, { digest, ...windowOf(command.action) });
}

function answer(deps: HandlerDeps, command: Command, outcome: Parameters<typeof answerJson>[2]): void {
  deps.journal.answered(command.id, answerJson(command, deps.queueloc, outcome));
  deps.deliver(command.id);
}

/** Malformed or too large: when at least the id can be read, its sender is told why. */
function refuseUnreadable(deps: HandlerDeps, body: Buffer, error: unknown): void {
  deps.log.warn(
    { code: errorCode(error), reason: errorMessage(error), bytes: body.length },
    'message refused',
  );
  const id = body.length <= MAX_COMMAND_BYTES ? idOf(body) : undefined;
  if (id === undefined || ANSWERED.has(deps.journal.state(id) ?? '')) return;
  deps.journal.received(id, '');
  const result = {
    foundanything: false,
    success: false,
    elements: null,
    statistics: null,
    errors: [errorMessage(error)],
  };
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
