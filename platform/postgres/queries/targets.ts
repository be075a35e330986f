import type { QueryResultRow } from 'pg';
import { MigError } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

/** Sessions that run one target each (platform/postgres/single-use-sessions.ts). */
export type TargetSessions = Pick<Queryable, 'query'>;

export interface Target {
  target: string;
  namesStatus: boolean;
}

/** Statements without effect that warm up a session for each of the two roles: there is no action 0. */
export const RESOLVE_NOTHING = 'SELECT mig_target.resolve(0, false)';
export const EXPLAIN_NOTHING = "SELECT mig_target.explain('false')";

const INSUFFICIENT_PRIVILEGE = '42501';

/** Throws `config_invalid` when the role of the sessions may not run targets. Ignores any other failure. */
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

/** Plans the target with the rights of migreadonly: Postgres refuses unknown and forbidden columns. */
export async function explainTarget(sessions: TargetSessions, target: string): Promise<void> {
  await runTarget(sessions, { text: 'SELECT mig_target.explain($1)', values: [target] });
}

/**
 * Expands the target of a stored action into one command per endpoint, once, and returns their number; a second call
 * returns the stored number. One statement: its function locks the action and runs the target.
 */
export async function resolveIntoCommands(
  sessions: TargetSessions,
  { actionId, namesStatus }: { actionId: number; namesStatus: boolean },
): Promise<number> {
  const { count } = await readTarget<{ count: number }>(sessions, {
    text: 'SELECT mig_target.resolve($1, $2) AS count',
    values: [actionId, namesStatus],
  });
  return count;
}

/** A page of the agents that resolveIntoCommands would choose now, in the order of their endpoints. */
export async function agentIdsOfTarget(
  sessions: TargetSessions,
  { target, namesStatus, limit, offset }: Target & { limit: number; offset: number },
): Promise<number[]> {
  const { ids } = await readTarget<{ ids: number[] }>(sessions, {
    text: 'SELECT array(SELECT mig_target.search($1, $2, $3, $4)) AS ids',
    values: [target, namesStatus, limit, offset],
  });
  return ids;
}

/** The number of agents that resolveIntoCommands would choose now. */
export async function countAgentsOfTarget(
  sessions: TargetSessions,
  { target, namesStatus }: Target,
): Promise<number> {
  const { count } = await readTarget<{ count: number }>(sessions, {
    text: `SELECT count(*)::int AS count
     FROM mig_target.search($1, $2, NULL, 0)`,
    values: [target, namesStatus],
  });
  return count;
}

/** Plans a condition over `loaders`, as `explainTarget` does one over `agents`. */
export async function explainLoaderCondition(sessions: TargetSessions, condition: string): Promise<void> {
  await runTarget(sessions, { text: 'SELECT mig_target.explain_loaders($1)', values: [condition] });
}

/** Whether a loader fulfils each of the conditions. One that fails on its record is not fulfilled. */
export async function matchLoader(
  sessions: TargetSessions,
  { loaderId, conditions }: { loaderId: number; conditions: readonly string[] },
): Promise<boolean[]> {
  const { matches } = await readTarget<{ matches: boolean[] }>(sessions, {
    text: 'SELECT mig_target.match_loader($1, $2::text[]) AS matches',
    values: [loaderId, conditions],
  });
  return matches;
}

/** The loaders that fulfil a condition, enabled or not. */
export async function loaderIdsOf(sessions: TargetSessions, condition: string): Promise<number[]> {
  const { ids } = await readTarget<{ ids: number[] }>(sessions, {
    text: 'SELECT array(SELECT mig_target.choose_loaders($1)) AS ids',
    values: [condition],
  });
  return ids;
}

interface TargetStatement {
  text: string;
  values: unknown[];
}

/** Runs a statement whose result is one row. */
async function readTarget<Row extends QueryResultRow>(
  sessions: TargetSessions,
  statement: TargetStatement,
): Promise<Row> {
  const [row] = await runTarget<Row>(sessions, statement);
  if (!row) throw new Error(`${statement.text}: no row`);
  return row;
}

async function runTarget<Row extends QueryResultRow>(
  sessions: TargetSessions,
  { text, values }: TargetStatement,
): Promise<Row[]> {
  try {
    const { rows } = await sessions.query<Row>(text, values);
    return rows;
  } catch (error) {
    throw targetError(error);
  }
}

const QUERY_CANCELED = '57014';
/** The driver's message, for which it has no code, when the server did not stop a statement in time. */
const READ_TIMEOUT = 'Query read timeout';
/** How Postgres names the functions that evaluate a target, in the context of an error raised inside them. */
const INSIDE_TARGET =
  /\bmig_target\.(choose\(text,boolean\)|explain\(text\)|match_loader\(|(choose|explain)_loaders\(text\))/;
/** Failures that a target cannot cause: lost connections, conflicts, locks, shutdown, disk errors, defects. */
const OF_THE_SERVER = /^(08|40|55|57P|58|XX)/;

/**
 * A failure of the target's own statement as a MigError: it ran too long, Postgres refused it, or it took too much
 * memory or disk. Any other failure is the system's, and a retry may succeed.
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
