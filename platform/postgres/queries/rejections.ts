import type { ErrorCode } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';

export interface Rejection {
  queue: string;
  code: ErrorCode;
  message: string;
  commandId: number | undefined;
}

const MAX_MESSAGE = 1024;

/** Remembers messages that were refused, for the operator. Nothing in a rejection can make this fail. */
export async function recordRejections(db: Queryable, rejections: readonly Rejection[]): Promise<void> {
  await db.query(
    `INSERT INTO rejections (
       queue,
       code,
       message,
       commandid
     )
     SELECT *
     FROM unnest(
       $1::text[],
       $2::text[],
       $3::text[],
       $4::numeric[]
     )`,
    [
      rejections.map((r) => r.queue),
      rejections.map((r) => r.code),
      rejections.map((r) => r.message.replaceAll('\u0000', '').slice(0, MAX_MESSAGE)),
      rejections.map((r) => (Number.isSafeInteger(r.commandId) ? r.commandId : null)),
    ],
  );
}

const KEPT = 100_000;

/** Keeps the newest: a flood of bad messages must not fill the disk. */
export async function trimRejections(db: Queryable): Promise<void> {
  await db.query('DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - $1', [KEPT]);
}
