import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { MigError } from '../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../contract/names.ts';
import { isFinalAction, migCounters, noCounters } from '../../contract/rules/accounting.ts';
import {
  actionById,
  countersOf,
  findingsOf,
  markWorkflowStarted,
} from '../../platform/postgres/queries/actions.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { startActionWorkflow } from '../../platform/temporal/start-action.ts';
import { acceptAction } from '../accept-action.ts';
import { requirePermission } from '../authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { toAction } from '../records.ts';
import { recordHref, respond } from '../respond.ts';
import { parseId, readForm } from '../validate.ts';

/** Urlencoding triples what is not a letter. */
const MAX_FORM_BYTES = 3 * MAX_ACTION_BYTES + 1024;
const MAX_IDEMPOTENCY_KEY = 255;
const KEEP_ALIVE_MS = 15_000;

export function actionRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, temporal, log } = deps;
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/action', requirePermission(deps, 'action'), async (c) => {
    const id = parseId('Action', 'actionid', c.req.query('actionid'));
    return respond(c, [item(recordHref(deps, 'action', id), 'action', await fullAction(deps, id))]);
  });

  app.post('/action/create/', requirePermission(deps, 'action_create'), async (c) => {
    const idempotencyKey = c.req.header('Idempotency-Key');
    if (
      idempotencyKey !== undefined &&
      (idempotencyKey === '' || idempotencyKey.length > MAX_IDEMPOTENCY_KEY)
    ) {
      throw new MigError(
        'parameter_invalid',
        `Idempotency-Key: must have 1 to ${MAX_IDEMPOTENCY_KEY} characters`,
      );
    }
    const text = readForm(c, MAX_FORM_BYTES).get('action');
    if (text === undefined) throw new MigError('parameter_invalid', 'action: missing form field');
    if (Buffer.byteLength(text) > MAX_ACTION_BYTES) {
      throw new MigError('body_too_large', `action: is over ${MAX_ACTION_BYTES} bytes`);
    }
    const { row, fingerprints, modules } = await acceptAction(deps, { text, idempotencyKey });
    // The stored row is an outbox: 202 is true even when Temporal is away, the reconciler starts it later.
    try {
      await startActionWorkflow(temporal, { ...row, fingerprints, modules });
      await markWorkflowStarted(pool, row.id);
    } catch (error) {
      log.warn({ actionId: row.id, err: error }, 'workflow not started yet');
    }
    return respond(
      c,
      [item(recordHref(deps, 'action', row.id), `action ID ${row.id}`, toAction(row, {}))],
      202,
    );
  });

  app.get('/action/events', requirePermission(deps, 'action'), async (c) => {
    const id = parseId('Action', 'actionid', c.req.query('actionid'));
    if (!(await actionById(pool, id))) throw new MigError('not_found', `Action ID '${id}' not found`);
    c.header('Cache-Control', 'no-cache');
    return streamSSE(c, (stream) => follow(deps, id, stream));
  });
  return app;
}

async function fullAction({ pool, counters }: ApiDeps, id: number) {
  const row = await actionById(pool, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  const investigators = (await investigatorsOfActions(pool, [id])).get(id) ?? [];
  return toAction(row, { counters: (await counters([row])).get(id) ?? noCounters(), investigators });
}

type EventStream = Parameters<Parameters<typeof streamSSE>[1]>[0];

/** One `progress` event per change, coalesced while the last one is on its way; ends with the action. */
async function follow({ pool, events }: ApiDeps, id: number, stream: EventStream): Promise<void> {
  let wake: () => void = () => {};
  let isChanged = true;
  const unsubscribe = events.subscribe(id, () => {
    isChanged = true;
    wake();
  });
  stream.onAbort(() => wake());
  try {
    while (!stream.aborted) {
      if (isChanged) {
        isChanged = false;
        const row = await actionById(pool, id);
        const counters = migCounters(await countersOf(pool, id));
        const findings = await findingsOf(pool, id);
        const data = {
          id,
          status: row?.status,
          reason: row?.reason,
          paused: row?.paused,
          counters,
          ...findings,
        };
        await stream.writeSSE({ event: 'progress', data: JSON.stringify(data) });
        if (!row || isFinalAction(row.status)) return;
      } else {
        await stream.writeSSE({ event: 'alive', data: '' });
      }
      if (isChanged) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, KEEP_ALIVE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    unsubscribe();
  }
}
