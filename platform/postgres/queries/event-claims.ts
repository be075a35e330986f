import type { OutboxEvent } from '../../../contract/events/event.ts';
import { inTransaction, type Pool, type Queryable } from '../pool.ts';
import { addReader, eventsAfter, type Position } from './events.ts';

/** Who serves a reader, and for how long nobody else does unless that is prolonged. */
export interface Holder {
  reader: string;
  /** A UUID of whoever writes. */
  holder: string;
  leaseMs: number;
}

/** The next events of a reader, which its holder alone writes now. */
export interface EventBatch {
  events: OutboxEvent[];
  from: Position;
  to: Position;
}

/**
 * Claims the next events of a reader. No transaction stays open while they are written: the events of all readers after it
 * would wait for its end. Undefined when there are none, or when somebody else holds the reader.
 */
export async function claimEvents(
  pool: Pool,
  { reader, holder, leaseMs }: Holder,
  limit: number,
): Promise<EventBatch | undefined> {
  return inTransaction(pool, async (db) => {
    await addReader(db, reader);
    const { rows } = await db.query<Position>(
      `SELECT lasttxid::text, lastid
       FROM event_readers
       WHERE name = $1
         AND (holder IS NULL OR holder = $2 OR helduntil < now())
       FOR UPDATE SKIP LOCKED`,
      [reader, holder],
    );
    const [from] = rows;
    if (from === undefined) return undefined;
    const next = await eventsAfter(db, from, limit);
    if (next === undefined) return undefined;
    await db.query(
      `UPDATE event_readers
       SET
         holder = $2,
         helduntil = now() + $3 * interval '1 millisecond'
       WHERE name = $1`,
      [reader, holder, leaseMs],
    );
    return { ...next, from };
  });
}

/** Prolongs a claim while its events are being written. */
export async function keepClaim(db: Queryable, { reader, holder, leaseMs }: Holder): Promise<void> {
  await db.query(
    `UPDATE event_readers
     SET helduntil = now() + $3 * interval '1 millisecond'
     WHERE name = $1
       AND holder = $2`,
    [reader, holder, leaseMs],
  );
}

/** Ends a claim: its events were not written. */
export async function releaseClaim(db: Queryable, { reader, holder }: Holder): Promise<void> {
  await db.query(
    `UPDATE event_readers
     SET
       holder = NULL,
       helduntil = NULL
     WHERE name = $1
       AND holder = $2`,
    [reader, holder],
  );
}

/**
 * Remembers that the events of a claim are written, and ends it. False when somebody else has taken over since: the reader's
 * position is theirs.
 */
export async function advanceReader(
  db: Queryable,
  { reader, holder }: Holder,
  { from, to }: EventBatch,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE event_readers
     SET
       lasttxid = $5::xid8,
       lastid = $6,
       holder = NULL,
       helduntil = NULL
     WHERE name = $1
       AND holder = $2
       AND (lasttxid, lastid) = ($3::xid8, $4)`,
    [reader, holder, from.lasttxid, from.lastid, to.lasttxid, to.lastid],
  );
  return rowCount === 1;
}
