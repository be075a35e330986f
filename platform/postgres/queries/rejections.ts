import type { ErrorCode } from '../../../contract/errors.ts';
import type { Queryable } from '../pool.ts';
import { toRecordset } from '../recordset.ts';

export interface Rejection {
  queue: string;
  code: ErrorCode;
  message: string;
  commandId: number | undefined;
}

const MAX_MESSAGE = 1024;
const MAX_ROWS = 100_000;

/** Records refused messages, for the operator. Nothing in a rejection can make this fail. */
export async function recordRejections(db: Queryable, rejections: readonly Rejection[]): Promise<void> {
  await db.query(
    `INSERT INTO rejections (queue, code, message, commandid)
     SELECT queue, code, message, "commandId"
     FROM jsonb_to_recordset($1) AS rejection (
       queue text,
       code text,
       message text,
       "commandId" numeric
     )`,
    [toRecordset(rejections.map(toRow))],
  );
}

function toRow({ queue, code, message, commandId }: Rejection) {
  return {
    queue,
    code,
    message: message.replaceAll('\u0000', '').slice(0, MAX_MESSAGE),
    commandId: Number.isSafeInteger(commandId) ? commandId : null,
  };
}

/** Keeps the newest: a flood of bad messages must not fill the disk. */
export async function trimRejections(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM rejections
     WHERE id <= (SELECT max(id) FROM rejections) - $1`,
    [MAX_ROWS],
  );
}
