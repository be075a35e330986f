import type { Queryable } from '../pool.ts';

/** Remembers messages that were refused, for the operator. */
export async function recordRejections(
  db: Queryable,
  rejections: readonly { queue: string; code: string; message: string; commandId: number | undefined }[],
): Promise<void> {
  await db.query(
    `INSERT INTO rejections (queue, code, message, commandid)
     SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::numeric[])`,
    [
      rejections.map((r) => r.queue),
      rejections.map((r) => r.code),
      rejections.map((r) => r.message.replaceAll('\u0000', '').slice(0, 1024)),
      rejections.map((r) => r.commandId ?? null),
    ],
  );
}

const KEPT = 100_000;

/** Keeps the newest: a flood of bad messages must not fill the disk. */
export async function trimRejections(db: Queryable): Promise<void> {
  await db.query('DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - $1', [KEPT]);
}
