import type { ErrorCode } from '../../../contract/errors.ts';
import { UNAUTHORIZED_REASONS } from '../../../contract/events/agent.ts';
import { MAX_ENDPOINTS, MAX_EVENT_TEXT } from '../../../contract/events/endpoint.ts';
import type { Queryable } from '../pool.ts';
import { toRecordset } from '../recordset.ts';

export interface Rejection {
  queue: string;
  code: ErrorCode;
  message: string;
  commandId: number | undefined;
  /** Whom the message claims to come from. */
  queueloc?: string;
}

const MAX_MESSAGE = 1024;
const MAX_ROWS = 100_000;

/**
 * Records refused messages, for the operator. Answers that nobody asked their sender for become parts of an event
 * `agent.unauthorized`. Nothing in a rejection can make this fail.
 */
export async function recordRejections(db: Queryable, rejections: readonly Rejection[]): Promise<void> {
  await db.query(
    `WITH input AS (
       SELECT
         *,
         row_number() OVER (PARTITION BY code) AS place
       FROM jsonb_to_recordset($1) AS rejection (
         queue text,
         code text,
         message text,
         "commandId" numeric,
         queueloc text
       )
     ), parts AS (
       INSERT INTO event_parts (kind, subject, detail, count, endpoints)
       SELECT
         'agent.unauthorized',
         code,
         jsonb_build_object('reason', code),
         count(*),
         jsonb_agg(jsonb_build_object('queueloc', coalesce(queueloc, ''), 'commandid', "commandId"))
           FILTER (WHERE place <= ${MAX_ENDPOINTS})
       FROM input
       WHERE code = ANY ($2::text[])
       GROUP BY code
     )
     INSERT INTO rejections (queue, code, message, commandid)
     SELECT queue, code, message, "commandId"
     FROM input`,
    [toRecordset(rejections.map(toRow)), UNAUTHORIZED_REASONS],
  );
}

function toRow({ queue, code, message, commandId, queueloc = '' }: Rejection) {
  return {
    queue,
    code,
    message: storable(message, MAX_MESSAGE),
    queueloc: storable(queueloc, MAX_EVENT_TEXT),
    commandId: Number.isSafeInteger(commandId) ? commandId : null,
  };
}

/** Neither NUL characters nor halves of characters can be stored as jsonb. */
function storable(text: string, length: number): string {
  return text.replaceAll('\u0000', '').slice(0, length).toWellFormed();
}

/** Keeps the newest: a flood of bad messages must not fill the disk. */
export async function trimRejections(db: Queryable): Promise<void> {
  await db.query(
    `DELETE FROM rejections
     WHERE id <= (SELECT max(id) FROM rejections) - $1`,
    [MAX_ROWS],
  );
}
