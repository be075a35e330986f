import { parseBrakes } from '../../contract/brakes.ts';
import { sha256Hex } from '../../contract/digest.ts';
import { MigError } from '../../contract/errors.ts';
import { type CanaryFacts, type Decision, decideDeparture } from '../../contract/rules/brakes/decide.ts';
import { paceOf } from '../../contract/rules/brakes/pace.ts';
import { inTransaction, type Pool, type Queryable } from '../../platform/postgres/pool.ts';
import { notifyActions, setPaused } from '../../platform/postgres/queries/actions/actions.ts';
import { recordTemporalAudit } from '../../platform/postgres/queries/audit.ts';
import { type BrakesRow, lockBrakes, storeDecision } from '../../platform/postgres/queries/brakes/brakes.ts';
import {
  canaryFacts,
  countNewAnswers,
  type DepartureFacts,
  departureFacts,
  takeDepartures,
} from '../../platform/postgres/queries/brakes/departures.ts';
import type { OutgoingCommand } from '../../platform/postgres/queries/commands/commands.ts';
import type { OfAction } from '../deps.ts';

/** How far an action with brakes has come. */
export interface Standing {
  /** No command is left that could leave, now or later. */
  isDone: boolean;
  isPaused: boolean;
  /** What holds commands back, in words. */
  state: string | null;
  /** How long nothing leaves, unless something changes; null: until something changes. */
  waitMs: number | null;
}

export interface Turn {
  /** To be published now. */
  commands: OutgoingCommand[];
  standing: Standing;
  /** Why the action has just stopped by itself. */
  heldFor: string | undefined;
}

interface TurnOptions extends OfAction {
  /** That of the caller. */
  attempt: number;
  /** The most commands to take. */
  most: number;
  /** The time to decide for, from that of the database. */
  clock?: (databaseMs: number) => number;
}

/**
 * Decides which commands of an action leave now, and marks them as leaving, in one transaction that locks the brakes: this is
 * the only place that lets a command of such an action go, and workers take turns. What it decides is committed before anything
 * is sent. Throws `unavailable` when another attempt has begun since.
 */
export function takeTurn(pool: Pool, { actionId, attempt, most, clock = asIs }: TurnOptions): Promise<Turn> {
  return inTransaction(pool, async (db) => {
    const brakes = await lockBrakes(db, actionId);
    if (!brakes) throw new MigError('not_found', `action ${actionId} has no brakes`);
    if (brakes.attempt !== attempt) {
      throw new MigError('unavailable', `another attempt sends the commands of action ${actionId} now`);
    }
    const facts = await departureFacts(db, actionId);
    const nowMs = clock(facts.nowMs);
    const { settings, decision } = await decide(db, { actionId, brakes, facts, nowMs });
    const { perminute } = settings;
    const turn = await obey(db, { actionId, attempt, most, facts: { ...facts, nowMs }, decision });
    await storeDecision(db, {
      actionId,
      state: turn.standing.state,
      isHeld: turn.heldFor !== undefined,
      awaitsCanary: decision.type === 'wait' && decision.on === 'canary',
      passesCanary: decision.type !== 'hold' && decision.passesCanary,
      nextAtMs:
        turn.commands.length > 0 && perminute !== undefined ? nowMs + paceOf(perminute).everyMs : null,
      closesAtMs: decision.type === 'go' ? decision.closesAtMs : null,
      nowMs,
    });
    if (turn.standing.state !== brakes.state) await notifyActions(db, [actionId]);
    return turn;
  });
}

const asIs = (ms: number) => ms;
const NO_CANARY: CanaryFacts = {
  isPassed: true,
  left: 0,
  lastLeftAtMs: null,
  waiting: 0,
  answered: 0,
  failed: 0,
};
const OVER: Decision = { type: 'wait', on: 'nothing', reason: '', untilMs: null, passesCanary: false };

async function decide(
  db: Queryable,
  {
    actionId,
    brakes,
    facts,
    nowMs,
  }: { actionId: number; brakes: BrakesRow; facts: DepartureFacts; nowMs: number },
) {
  const settings = parseBrakes(brakes.settings);
  const answers = await countNewAnswers(db, actionId);
  if (isDone(facts)) return { settings, decision: OVER };
  const awaitsCanary = settings.canary !== undefined && brakes.canarypassedat === null;
  const canary = awaitsCanary ? { isPassed: false, ...(await canaryFacts(db, actionId)) } : NO_CANARY;
  const given = { ...facts, nowMs, isPaused: facts.paused, answers, canary };
  const decision = decideDeparture(settings, given);
  return { settings, decision: decision.type === 'wait' ? withReason(decision, brakes) : decision };
}

/** An action that has stopped by itself waits until it is resumed, and goes on telling why. */
function withReason(
  decision: Extract<Decision, { type: 'wait' }>,
  { heldat, state }: BrakesRow,
): Extract<Decision, { type: 'wait' }> {
  if (decision.on !== 'resume' || heldat === null || state === null) return decision;
  return { ...decision, reason: state };
}

async function obey(
  db: Queryable,
  {
    actionId,
    attempt,
    most,
    facts,
    decision,
  }: { actionId: number; attempt: number; most: number; facts: DepartureFacts; decision: Decision },
): Promise<Turn> {
  const { nowMs, paused } = facts;
  switch (decision.type) {
    case 'go': {
      const { isCanary } = decision;
      const commands = await takeDepartures(db, {
        actionId,
        attempt,
        most: Math.min(most, decision.most),
        isCanary,
        nowMs,
      });
      const standing = { isDone: false, isPaused: paused, state: null, waitMs: 0 };
      return { commands, standing, heldFor: undefined };
    }
    case 'hold': {
      const { reason } = decision;
      await setPaused(db, { id: actionId, paused: true });
      await recordTemporalAudit(db, {
        kind: 'held',
        identity: 'worker',
        objectId: actionId,
        detail: { reason },
        eventId: sha256Hex(`held/${actionId}/${nowMs}`),
      });
      const standing = { isDone: false, isPaused: true, state: `held: ${reason}`, waitMs: null };
      return { commands: [], standing, heldFor: reason };
    }
    case 'wait': {
      const { untilMs, reason } = decision;
      const standing = {
        isDone: isDone(facts),
        isPaused: paused,
        state: reason === '' ? null : reason,
        waitMs: untilMs === null ? null : Math.max(0, Math.ceil(untilMs - nowMs)),
      };
      return { commands: [], standing, heldFor: undefined };
    }
  }
}

function isDone({ isOver, hasUnsent }: DepartureFacts): boolean {
  return isOver || !hasUnsent;
}
