import type { Queryable } from '../../pool.ts';

/** The brakes of an action, and what they do now. `settings` is JSON text. */
export interface BrakesRow {
  settings: string;
  /** The newest attempt to send commands. */
  attempt: number;
  state: string | null;
  heldat: string | null;
  canarypassedat: string | null;
  answered: number;
  failed: number;
  matched: number;
}

const COLUMNS = 'settings, attempt, state, heldat, canarypassedat, answered, failed, matched';

export async function brakesOf(db: Queryable, actionId: number): Promise<BrakesRow | undefined> {
  const { rows } = await db.query<BrakesRow>(
    `SELECT ${COLUMNS}
     FROM brakes
     WHERE actionid = $1`,
    [actionId],
  );
  return rows[0];
}

/** Whoever changes the brakes of an action comes before the next: of an action without any there is no row to lock. */
export async function lockChangesOfBrakes(db: Queryable, actionId: number): Promise<void> {
  await db.query(`SELECT pg_advisory_xact_lock(hashtextextended('mig brakes ' || $1, 0))`, [actionId]);
}

/** As `brakesOf`, and locks the brakes until the transaction ends. Whoever locks the action, too, does it after this. */
export async function lockBrakes(db: Queryable, actionId: number): Promise<BrakesRow | undefined> {
  const { rows } = await db.query<BrakesRow>(
    `SELECT ${COLUMNS}
     FROM brakes
     WHERE actionid = $1
     FOR UPDATE`,
    [actionId],
  );
  return rows[0];
}

/** Gives an action brakes, or others. A canary that was changed has to be good again. */
export async function setBrakes(
  db: Queryable,
  { actionId, settings, isSameCanary }: { actionId: number; settings: string; isSameCanary: boolean },
): Promise<void> {
  await db.query(
    `INSERT INTO brakes (actionid, settings)
     VALUES ($1, $2)
     ON CONFLICT (actionid) DO UPDATE
     SET
       settings = excluded.settings,
       canarypassedat = CASE WHEN $3 THEN brakes.canarypassedat END,
       newsat = now()`,
    [actionId, settings, isSameCanary],
  );
  await db.query(
    `UPDATE actions
     SET braked = true
     WHERE id = $1 AND NOT braked`,
    [actionId],
  );
}

/** What was decided about the commands of an action. */
export interface StoredDecision {
  actionId: number;
  state: string | null;
  isHeld: boolean;
  awaitsCanary: boolean;
  passesCanary: boolean;
  /** When the next batch may leave; null: as before. */
  nextAtMs: number | null;
  closesAtMs: number | null;
  nowMs: number;
}

export async function storeDecision(db: Queryable, decision: StoredDecision): Promise<void> {
  await db.query(
    `UPDATE brakes
     SET
       state = $2,
       heldat = CASE WHEN $3 THEN to_timestamp($7::float8 / 1000) ELSE heldat END,
       canarypassedat = CASE WHEN $4 THEN coalesce(canarypassedat, to_timestamp($7::float8 / 1000)) ELSE canarypassedat END,
       nextat = coalesce(to_timestamp($5::float8 / 1000), nextat),
       closesat = to_timestamp($6::float8 / 1000),
       awaitscanary = $8,
       newsat = NULL
     WHERE actionid = $1`,
    [
      decision.actionId,
      decision.state,
      decision.isHeld,
      decision.passesCanary,
      decision.nextAtMs,
      decision.closesAtMs,
      decision.nowMs,
      decision.awaitsCanary,
    ],
  );
}

/** Ends the stop of an action by itself: from here on only later answers count, and the canary is passed. */
export async function endHold(db: Queryable, actionId: number): Promise<void> {
  await db.query(
    `UPDATE brakes
     SET
       state = NULL,
       heldat = NULL,
       awaitscanary = false,
       canarypassedat = coalesce(canarypassedat, now()),
       newsat = now(),
       answered = 0,
       failed = 0,
       matched = 0
     WHERE actionid = $1 AND heldat IS NOT NULL`,
    [actionId],
  );
}

/** Notes that there is something new for the workflows of these actions to look at. */
export async function markNews(db: Queryable, actionIds: readonly number[]): Promise<void> {
  await db.query(
    `UPDATE brakes
     SET newsat = coalesce(newsat, now())
     WHERE actionid = ANY($1::numeric[])`,
    [actionIds],
  );
}

/** Actions in flight whose workflow did not look at what is new: a signal was lost. */
export async function actionsWithNews(db: Queryable): Promise<number[]> {
  const { rows } = await db.query<{ actionid: number }>(
    `SELECT b.actionid
     FROM brakes b
     JOIN actions x ON x.id = b.actionid
     WHERE b.newsat < now() - interval '5 seconds'
       AND x.status = 'inflight'
     LIMIT 1000`,
  );
  return rows.map(({ actionid }) => actionid);
}
