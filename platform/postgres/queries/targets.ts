import { MigError } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

/** What runs a target's text: a session that is used once (platform/postgres/single-use-sessions.ts). */
export type TargetSessions = Pick<Queryable, 'query'>;

export interface Target {
  target: string;
  namesStatus: boolean;
}

/** What warms up a session for each of the two: there is no action 0. */
export const RESOLVE_NOTHING = 'SELECT mig_target.resolve(0, false)';
export const EXPLAIN_NOTHING = "SELECT mig_target.explain('false')";

const INSUFFICIENT_PRIVILEGE = '42501';

/** Throws `config_invalid` when the role of the sessions may not run targets; a database that is away may be back later. */
export async function requireTargetRights(sessions: TargetSessions, statement: string): Promise<void> {
  try {
    await sessions.query(statement);
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) return;
    throw new MigError(
      'config_invalid',
      'MIG_POSTGRES_TARGET_URL: its role may not run targets; it must be migtarget for a worker and migsearch for an API',
      { cause: error },
    );
  }
}

/** Lets Postgres plan the target with the rights of migreadonly, which finds unknown columns and forbidden ones. */
export async function explainTarget(sessions: TargetSessions, target: string): Promise<void> {
  await runTarget(sessions, 'SELECT mig_target.explain($1)', [target]);
}

/**
 * Expands the target of a stored action into one command per endpoint, once; a second call returns the stored count.
 * It is one statement, in whose function the action is locked and the target runs.
 */
export async function resolveIntoCommands(
  sessions: TargetSessions,
  { actionId, namesStatus }: { actionId: number; namesStatus: boolean },
): Promise<number> {
  const rows = await runTarget(sessions, 'SELECT mig_target.resolve($1, $2) AS count', [
    actionId,
    namesStatus,
  ]);
  return rows[0]?.count as number;
}

/** The agents that a target reaches now, as resolveIntoCommands would choose them, in the order of their endpoints. */
export async function agentIdsOfTarget(
  sessions: TargetSessions,
  { target, namesStatus, limit, offset }: Target & { limit: number; offset: number },
): Promise<number[]> {
  const rows = await runTarget(sessions, 'SELECT array(SELECT mig_target.search($1, $2, $3, $4)) AS ids', [
    target,
    namesStatus,
    limit,
    offset,
  ]);
  return rows[0]?.ids as number[];
}

/** How many agents resolveIntoCommands would choose now. */
export async function countAgentsOfTarget(
  sessions: TargetSessions,
  { target, namesStatus }: Target,
): Promise<number> {
  const rows = await runTarget(
    sessions,
    'SELECT count(*)::int AS count FROM mig_target.search($1, $2, NULL, 0)',
    [target, namesStatus],
  );
  return rows[0]?.count as number;
}

async function runTarget(
  sessions: TargetSessions,
  text: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  try {
    const { rows } = await sessions.query(text, values);
    return rows;
  } catch (error) {
    throw targetError(error);
  }
}

const QUERY_CANCELED = '57014';
/** What the driver says when the server did not stop a statement in time; it has no code for it. */
const READ_TIMEOUT = 'Query read timeout';
/** How Postgres names the functions that evaluate a target, in the context of an error raised inside them. */
const INSIDE_TARGET = /\bmig_target\.(choose\(text,boolean\)|explain\(text\))/;
/** Trouble of the server's that a target cannot cause: lost connections, conflicts, locks, shutdown, disk errors, defects. */
const OF_THE_SERVER = /^(08|40|55|57P|58|XX)/;

/**
 * A target's failure in the platform's words: it ran too long, or Postgres refused it, or it took more memory or disk than
 * there is. What failed outside the target's own statement is the system's, and may pass when tried again.
 */
function targetError(error: unknown): unknown {
  const { code, where, message } = error as { code?: unknown; where?: unknown; message?: unknown };
  if (message === READ_TIMEOUT) return tooLong(error);
  if (typeof code !== 'string' || typeof where !== 'string' || !INSIDE_TARGET.test(where)) return error;
  if (OF_THE_SERVER.test(code)) return error;
  if (code === QUERY_CANCELED) return tooLong(error);
  return new MigError('target_failed', `target: ${String(message)}`, { cause: error });
}

function tooLong(cause: unknown): MigError {
  return new MigError('target_timeout', 'target: ran too long', { cause });
}
