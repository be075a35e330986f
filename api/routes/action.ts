import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import { noCounters } from '../../contract/rules/accounting.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import { actionById } from '../../platform/postgres/queries/actions.ts';
import { countersWithFailures } from '../../platform/postgres/queries/counters.ts';
import {
  type InvestigatorRow,
  investigatorsOfActions,
} from '../../platform/postgres/queries/investigators.ts';
import { markWorkflowStarted } from '../../platform/postgres/queries/wakes.ts';
import { startActionWorkflow } from '../../platform/temporal/start-action.ts';
import { acceptAction } from '../accept/accept-action.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { breakConnection } from '../http/break-connection.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseSwitch } from '../http/parse-values.ts';
import { readForm, readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { createInvestigatorPermits } from '../limits/investigator-permits.ts';
import type { ProgressSnapshot } from '../progress/progress-feed.ts';
import { toAction } from '../records/to-action.ts';

/** Urlencoding triples what is not a letter. */
const MAX_FORM_BYTES = 3 * MAX_ACTION_BYTES + 1024;
const MAX_IDEMPOTENCY_KEY = 255;
const KEEP_ALIVE_MS = 15_000;
/** Event streams that one investigator may have open. */
const MAX_STREAMS = 20;

export function actionRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, temporal, log } = deps;
  const streams = createInvestigatorPermits({ max: MAX_STREAMS, things: 'event streams', waitMs: 0 });
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/action', requirePermission(deps, 'action'), async (c) => {
    const { actionid, failures } = readQuery(c, ['actionid', 'failures']);
    const id = parseId('Action', 'actionid', actionid);
    const withFailures = parseSwitch('failures', failures || 'false');
    const action = await fullAction(deps, id, { withFailures });
    return respond(c, [item(recordHref(deps, 'action', id), 'action', action)]);
  });

  app.post('/action/create/', auditAs('action'), requirePermission(deps, 'action_create'), async (c) => {
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
    const { row, fingerprints, modules } = await acceptAction(deps, {
      text,
      caller: auditCaller(deps, c),
      idempotencyKey,
    });
    // The stored row is an outbox: 202 is true even when Temporal is away, the reconciler starts it later.
    try {
      await startActionWorkflow(temporal, { ...row, fingerprints, modules });
      await markWorkflowStarted(pool, row.id);
    } catch (error) {
      log.warn({ actionId: row.id, err: error }, 'workflow not started yet');
    }
    return respond(c, [item(recordHref(deps, 'action', row.id), `action ID ${row.id}`, toAction(row))], 202);
  });

  app.get('/action/events', requirePermission(deps, 'action'), async (c) => {
    const id = parseId('Action', 'actionid', readQuery(c, ['actionid']).actionid);
    if (!(await actionById(pool, id))) throw new MigError('not_found', `Action ID '${id}' not found`);
    c.header('Cache-Control', 'no-cache');
    const investigator = investigatorOf(c);
    const release = await streams.acquire(investigator.id);
    return streamSSE(c, async (stream) => {
      try {
        await streamProgress(deps, { id, investigator }, stream);
      } catch (error) {
        log.warn({ actionId: id, error: errorMessage(error) }, 'event stream broken off');
        breakConnection(c);
      } finally {
        release();
      }
    });
  });
  return app;
}

/** The failures cost the reading of every answer: for whoever asks for them, counted together with the rest. */
async function fullAction(
  { pool, counters }: ApiDeps,
  id: number,
  { withFailures }: { withFailures: boolean },
) {
  const row = await actionById(pool, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  const investigators = (await investigatorsOfActions(pool, [id])).get(id) ?? [];
  if (withFailures) return toAction(row, { ...(await countersWithFailures(pool, id)), investigators });
  return toAction(row, { counters: (await counters([row])).get(id) ?? noCounters(), investigators });
}

type EventStream = Parameters<Parameters<typeof streamSSE>[1]>[0];

/** One `progress` event per change, coalesced while the last one is on its way; ends with the action, or with the right. */
async function streamProgress(
  { progress, rights, config }: ApiDeps,
  { id, investigator }: { id: number; investigator: InvestigatorRow },
  stream: EventStream,
): Promise<void> {
  let latest: ProgressSnapshot | undefined;
  let isOver = false;
  let wake: () => void = () => {};
  const unfollow = progress.follow(id, (snapshot) => {
    latest = snapshot;
    isOver ||= snapshot === undefined;
    wake();
  });
  stream.onAbort(() => wake());
  const send = (event: string, data: string) =>
    withTimeout(config.stalledClientMs, stream.writeSSE({ event, data }), 'the client takes no events');
  try {
    while (!stream.aborted && !isOver) {
      if (!(await rights(investigator.id, 'action')))
        return await send('end', 'you may not read actions any more');
      const next = latest;
      latest = undefined;
      if (next) await send('progress', next.text);
      else await send('alive', '');
      if (next?.isFinal) return;
      if (latest || isOver) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, KEEP_ALIVE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    unfollow();
  }
}
