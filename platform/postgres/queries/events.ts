import type { OutboxEvent } from '../../../contract/events/event.ts';
import { inTransaction, type Pool, type Queryable } from '../pool.ts';
import { SIGNED_AHEAD } from './sweeps/signed.ts';

/** `db` is the transaction that remembers the reader's new position. */
type Deliver = (events: readonly OutboxEvent[], db: Queryable) => Promise<void>;

/** A place in the outbox: after the event `lastid` of the transaction `lasttxid`. */
export interface Position {
  lasttxid: string;
  lastid: number;
}

/**
 * Gives a reader its next events, and remembers that it has them unless `deliver` throws: each event once, for `deliver` only
 * writes in the same transaction. One process at a time serves a reader. Returns the number of events.
 */
export async function readEvents(
  pool: Pool,
  { reader, limit }: { reader: string; limit: number },
  deliver: Deliver,
): Promise<number> {
  return inTransaction(pool, async (db) => {
    await addReader(db, reader);
    const { rows } = await db.query<Position>(
      `SELECT lasttxid::text, lastid
       FROM event_readers
       WHERE name = $1
       FOR UPDATE SKIP LOCKED`,
      [reader],
    );
    const [position] = rows;
    if (position === undefined) return 0;
    const next = await eventsAfter(db, position, limit);
    if (next === undefined) return 0;
    await deliver(next.events, db);
    await db.query(
      `UPDATE event_readers
       SET
         lasttxid = $2::xid8,
         lastid = $3
       WHERE name = $1`,
      [reader, next.to.lasttxid, next.to.lastid],
    );
    return next.events.length;
  });
}

/** A new reader begins with what happens from now on. */
export async function addReader(db: Queryable, reader: string): Promise<void> {
  await db.query(
    `INSERT INTO event_readers (name, lasttxid, lastid)
     VALUES ($1, pg_snapshot_xmin(pg_current_snapshot()), 0)
     ON CONFLICT (name) DO NOTHING`,
    [reader],
  );
}

/**
 * The next events after a position, in the order of transactions, and the position after them; undefined when there are none.
 * An event of a transaction that runs longer than its neighbours would be skipped by its id alone: only what no running
 * transaction can precede is read.
 */
export async function eventsAfter(
  db: Queryable,
  after: Position,
  limit: number,
): Promise<{ events: OutboxEvent[]; to: Position } | undefined> {
  const { rows } = await db.query<OutboxEvent & { txid: string }>(
    `SELECT id, at, kind, detail, txid::text
     FROM events
     WHERE (txid, id) > ($1::xid8, $2)
       AND txid < pg_snapshot_xmin(pg_current_snapshot())
     -- Not by the text of the same name: as texts, 10 comes before 9.
     ORDER BY events.txid, events.id
     LIMIT $3`,
    [after.lasttxid, after.lastid, limit],
  );
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  return {
    events: rows.map(({ id, at, kind, detail }) => ({ id, at, kind, detail })),
    to: { lasttxid: last.txid, lastid: last.id },
  };
}

/** Whether events wait for a reader, which may not read them yet: a transaction that began earlier still runs. */
export async function hasUnread(db: Queryable, reader: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT
     FROM event_readers r
     WHERE r.name = $1
       AND EXISTS (
         SELECT FROM events e
         WHERE (e.txid, e.id) > (r.lasttxid, r.lastid)
       )`,
    [reader],
  );
  return rowCount === 1;
}

/** Forgets old events, a bounded number at a time. Those that turned verdicts are the history of sweeps, and stay. */
export async function trimEvents(db: Queryable, keepDays: number): Promise<void> {
  await db.query(
    `DELETE FROM events
     WHERE id IN (
       SELECT id
       FROM events
       WHERE kind <> 'sweep.flipped'
         AND at < now() - $1 * interval '1 day'
       LIMIT 10000
     )`,
    [keepDays],
  );
}

/** Records an event, once a day for each sweep, that its signed runs end soon. Returns the names of these sweeps. */
export async function reportEndingSignatures(db: Queryable, withinDays: number): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `WITH ending AS (
       SELECT
         s.id,
         s.name,
         max(ahead.plannedat) AS until,
         count(ahead.plannedat) AS runs
       FROM sweeps s
       LEFT JOIN (${SIGNED_AHEAD}) AS ahead ON ahead.sweepid = s.id
       WHERE s.deletedat IS NULL
         AND NOT s.paused
         -- A sweep that nobody has ever signed ahead is triggered by hand, or new.
         AND EXISTS (
           SELECT FROM sweep_signed g
           WHERE g.sweepid = s.id
             AND g.kind = 'schedule'
         )
       GROUP BY s.id, s.name
       HAVING coalesce(max(ahead.plannedat) < now() + $1 * interval '1 day', true)
     ), reported AS (
       INSERT INTO events (kind, detail)
       SELECT
         'sweep.signatures',
         jsonb_build_object('sweepid', id, 'name', name, 'until', until, 'runs', runs)
       FROM ending
       WHERE NOT EXISTS (
         SELECT FROM events e
         WHERE e.kind = 'sweep.signatures'
           AND e.detail ->> 'sweepid' = ending.id::text
           AND e.at > now() - interval '1 day'
       )
       RETURNING detail ->> 'name' AS name
     )
     SELECT name
     FROM reported`,
    [withinDays],
  );
  return rows.map(({ name }) => name);
}
