import { MAX_ENDPOINTS } from '../../../contract/events/endpoint.ts';
import type { Queryable } from '../pool.ts';

/**
 * Writes the events of parts whose first is older than the interval: one for each kind and subject, with their sum and the
 * first endpoints. Returns the number of events.
 */
export async function writeDueParts(db: Queryable, intervalMs: number): Promise<number> {
  const { rowCount } = await db.query(
    `WITH due AS (
       SELECT kind, subject
       FROM event_parts
       GROUP BY kind, subject
       HAVING min(at) < now() - $1 * interval '1 millisecond'
     ), taken AS (
       DELETE FROM event_parts p
       USING due
       WHERE p.kind = due.kind
         AND p.subject = due.subject
       RETURNING p.*
     ), named AS (
       SELECT
         t.kind,
         t.subject,
         e.endpoint,
         row_number() OVER (PARTITION BY t.kind, t.subject ORDER BY t.id, e.place) AS place
       FROM taken t
       CROSS JOIN jsonb_array_elements(t.endpoints) WITH ORDINALITY AS e (endpoint, place)
     ), first AS (
       SELECT kind, subject, jsonb_agg(endpoint ORDER BY place) AS endpoints
       FROM named
       WHERE place <= $2
       GROUP BY kind, subject
     ), summed AS (
       SELECT
         kind,
         subject,
         (array_agg(detail ORDER BY id DESC))[1] AS detail,
         sum(count) AS count
       FROM taken
       GROUP BY kind, subject
     )
     INSERT INTO events (kind, detail)
     SELECT
       kind,
       s.detail || jsonb_build_object('count', s.count, 'endpoints', first.endpoints)
     FROM summed s
     JOIN first USING (kind, subject)`,
    [intervalMs, MAX_ENDPOINTS],
  );
  if (rowCount === null) throw new Error('an INSERT has no count');
  return rowCount;
}
