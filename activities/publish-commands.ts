import { COMMAND_CAPABILITIES } from '../contract/capabilities.ts';
import { MigError } from '../contract/errors.ts';
import { encodeJson, RawJson } from '../contract/go/json.ts';
import { MAX_EXPIRATION_MS } from '../contract/limits.ts';
import { EMPTY_RESULT } from '../contract/module-result.ts';
import { agentQueue, EXCHANGE_TO_AGENTS, processQueue } from '../contract/names.ts';
import type { AgentNeed } from '../contract/rules/agent-needs.ts';
import { TIME_NEVER, TIME_ZERO } from '../contract/times.ts';
import { actionRecord, actionToSend } from '../platform/postgres/queries/actions/actions.ts';
import { stillLeaving } from '../platform/postgres/queries/brakes/departures.ts';
import {
  markPublished,
  markRefused,
  markReturned,
  type OutgoingCommand,
} from '../platform/postgres/queries/commands/commands.ts';
import type { Outcome, OutgoingMessage, Urgency } from '../platform/rabbitmq/publish.ts';
import type { ActivityDeps } from './deps.ts';
import { needsOfStored, supportedAmong } from './unsupported.ts';

type PublishDeps = Pick<ActivityDeps, 'pool' | 'log' | 'publisher' | 'checkpoint'>;

/**
 * Publishes commands and records the outcome of each. A command counts as published only when the relay confirmed it and
 * did not return it; one that found no queue, or a full one, goes out at a later heartbeat of its agent. A command that its
 * endpoint cannot run is not published and fails: what counts is what the endpoint has announced by now. Throws
 * `unavailable` when the relay did not settle all of them.
 */
export async function publishCommands(
  deps: PublishDeps,
  given: readonly OutgoingCommand[],
  urgency: Urgency,
): Promise<void> {
  const publisher = await deps.publisher(urgency);
  const actions = await loadActions(deps, given);
  const supported = await supportedCommands(deps, given, actions);
  const commands = await leavingCommands(deps, supported, actions);
  deps.checkpoint('before publish');
  const publishing = commands.map(async (command): Promise<Outcome | 'expired'> => {
    const action = actions.get(command.actionid);
    if (!action || action.expirationMs < 1) return 'expired';
    return publisher.publish(messageOf(command, action));
  });
  deps.checkpoint('before confirm');
  const settled = await Promise.allSettled(publishing);
  deps.checkpoint('before mark');
  await recordOutcomes(deps, commands, settled);
  const broken = settled.find((outcome) => outcome.status === 'rejected');
  if (broken) {
    throw new MigError('unavailable', 'the relay did not answer for all commands', { cause: broken.reason });
  }
}

/** The part of a command's message that is the same on all endpoints. */
interface OutgoingAction {
  json: string;
  operations: number;
  expirationMs: number;
  needs: readonly AgentNeed[];
  isBraked: boolean;
}

async function loadActions(
  { pool }: Pick<ActivityDeps, 'pool'>,
  commands: readonly OutgoingCommand[],
): Promise<Map<number, OutgoingAction>> {
  const actions = new Map<number, OutgoingAction>();
  for (const actionId of new Set(commands.map((command) => command.actionid))) {
    const row = await actionToSend(pool, actionId);
    if (!row) continue;
    actions.set(actionId, {
      json: encodeJson({ ...actionRecord(row), status: 'preparing', finishtime: TIME_ZERO, counters: {} }),
      operations: (JSON.parse(row.operations) as unknown[]).length,
      expirationMs: Math.floor(row.leftMs),
      needs: needsOfStored(row.operations),
      isBraked: row.braked,
    });
  }
  return actions;
}

/** Ends the commands that their endpoints cannot run, and returns the others. Those of a missing action are not published. */
async function supportedCommands(
  deps: PublishDeps,
  commands: readonly OutgoingCommand[],
  actions: ReadonlyMap<number, OutgoingAction>,
): Promise<OutgoingCommand[]> {
  const supported: OutgoingCommand[] = [];
  for (const [actionId, { needs }] of actions) {
    const ofAction = commands.filter(({ actionid }) => actionid === actionId);
    supported.push(...(await supportedAmong(deps, { actionId, needs, commands: ofAction })));
  }
  return supported;
}

/** The relay may have been away for hours: commands of an action with brakes are asked once more whether they may leave. */
async function leavingCommands(
  { pool }: PublishDeps,
  commands: readonly OutgoingCommand[],
  actions: ReadonlyMap<number, OutgoingAction>,
): Promise<readonly OutgoingCommand[]> {
  const isBraked = ({ actionid }: OutgoingCommand) => actions.get(actionid)?.isBraked === true;
  const braked = commands.filter(isBraked);
  if (braked.length === 0) return commands;
  const leaving = new Set(
    await stillLeaving(
      pool,
      braked.map(({ id }) => id),
    ),
  );
  return commands.filter((command) => !isBraked(command) || leaving.has(command.id));
}

function messageOf(command: OutgoingCommand, action: OutgoingAction): OutgoingMessage {
  const { queueloc, topid } = command;
  const message: OutgoingMessage = {
    exchange: EXCHANGE_TO_AGENTS,
    routingKey: topid === null ? agentQueue(queueloc) : processQueue(queueloc, topid),
    body: commandJson(command, action),
  };
  // AMQP counts 49 days at most. A message without expiration waits until it is consumed, and the agent checks the window.
  if (action.expirationMs > MAX_EXPIRATION_MS) return message;
  return { ...message, expirationMs: action.expirationMs };
}

async function recordOutcomes(
  { pool, log }: Pick<ActivityDeps, 'pool' | 'log'>,
  commands: readonly OutgoingCommand[],
  settled: readonly PromiseSettledResult<Outcome | 'expired'>[],
): Promise<void> {
  const idsOf = (outcome: Outcome) =>
    commands
      .filter((_, index) => {
        const one = settled[index];
        return one?.status === 'fulfilled' && one.value === outcome;
      })
      .map(({ id }) => id);
  await markPublished(pool, idsOf('confirmed'));
  const returned = idsOf('returned');
  if (returned.length > 0) await markReturned(pool, returned);
  const refused = idsOf('refused');
  if (refused.length > 0) {
    log.warn({ commands: refused.length }, 'queues of endpoints are full: commands go out again later');
    await markRefused(pool, refused);
  }
}

/** The command as MIG's agents know it (spec/relay.md#command-body). */
function commandJson(command: OutgoingCommand, action: OutgoingAction): string {
  const { agent } = command;
  return encodeJson({
    id: command.id,
    action: new RawJson(action.json),
    agent: {
      id: agent.id,
      name: agent.name,
      queueloc: command.queueloc,
      mode: agent.mode,
      version: agent.version,
      pid: agent.pid,
      starttime: agent.starttime,
      destructiontime: agent.destructiontime ?? TIME_NEVER,
      heartbeatts: agent.heartbeattime,
      refreshts: agent.refreshtime,
      status: agent.status,
      environment: new RawJson(agent.environment),
      tags: new RawJson(agent.tags),
    },
    status: 'sent',
    results: Array.from({ length: action.operations }, () => EMPTY_RESULT),
    starttime: command.starttime,
    finishtime: TIME_ZERO,
    capabilities: COMMAND_CAPABILITIES,
  });
}
