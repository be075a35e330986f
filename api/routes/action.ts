import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import { countersWithFailures } from '../../platform/postgres/queries/actions/counters.ts';
import { markWorkflowStarted } from '../../platform/postgres/queries/actions/wakes.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { actionCard, startActionWorkflow } from '../../platform/temporal/start-action.ts';
import { type AcceptedAction, acceptAction } from '../actions/accept-action.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { breakConnection } from '../http/break-connection.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseSwitch } from '../http/parse-values.ts';
import { readForm, readQuery, requireField } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { createInvestigatorPermits } from '../limits/investigator-permits.ts';
import { streamProgress } from '../progress/stream-progress.ts';
import { loadActionDetails } from '../records/load-action-details.ts';
import { requireAction } from '../records/require-action.ts';
import { type ActionDetails, toAction } from '../records/to-action.ts';

/** Urlencoding triples all bytes that are not letters. */
const MAX_FORM_BYTES = 3 * MAX_ACTION_BYTES + 1024;
const MAX_IDEMPOTENCY_KEY = 255;
/** The most event streams that one investigator may have open. */
const MAX_STREAMS_EACH = 20;

export function actionRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, log } = deps;
  const streams = createInvestigatorPermits({ max: MAX_STREAMS_EACH, resources: 'event streams', waitMs: 0 });
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/action', requirePermission(deps, 'action'), async (c) => {
    const { actionid, failures } = readQuery(c, ['actionid', 'failures']);
    const id = parseId('Action', 'actionid', actionid);
    const withFailures = parseSwitch('failures', failures || 'false');
    const row = await requireAction(pool, id);
    const details = withFailures ? await loadDetailsWithFailures(deps, row) : await loadDetails(deps, row);
    return respond(c, [item(recordHref(deps, 'action', id), 'action', toAction(row, details))]);
  });

  app.post('/action/create/', auditAs('action'), requirePermission(deps, 'action_create'), async (c) => {
    const idempotencyKey = readIdempotencyKey(c);
    const text = readActionText(c);
    const accepted = await acceptAction(deps, { text, caller: auditCaller(deps, c), idempotencyKey });
    await startWorkflow(deps, accepted);
    const { row } = accepted;
    return respond(c, [item(recordHref(deps, 'action', row.id), `action ID ${row.id}`, toAction(row))], 202);
  });

  app.get('/action/events', requirePermission(deps, 'action'), async (c) => {
    const actionId = parseId('Action', 'actionid', readQuery(c, ['actionid']).actionid);
    await requireAction(pool, actionId);
    const { id: investigatorId } = investigatorOf(c);
    const release = await streams.acquire(investigatorId);
    c.header('Cache-Control', 'no-cache');
    return streamSSE(c, async (stream) => {
      try {
        await streamProgress(deps, { actionId, investigatorId, stream });
      } catch (error) {
        log.warn({ actionId, error: errorMessage(error) }, 'event stream broken off');
        breakConnection(c);
      } finally {
        release();
      }
    });
  });
  return app;
}

async function loadDetails(deps: ApiDeps, row: ActionRow): Promise<ActionDetails> {
  const detailsOf = await loadActionDetails(deps, [row]);
  return detailsOf(row.id);
}

/** Counting failures reads every answer, so it is done only on request. */
async function loadDetailsWithFailures({ pool }: ApiDeps, { id }: ActionRow): Promise<ActionDetails> {
  const investigators = await investigatorsOfActions(pool, [id]);
  return { ...(await countersWithFailures(pool, id)), investigators: investigators.get(id) ?? [] };
}

function readIdempotencyKey(c: Context<ApiEnv>): string | undefined {
  const key = c.req.header('Idempotency-Key');
  if (key === undefined || (key !== '' && key.length <= MAX_IDEMPOTENCY_KEY)) return key;
  throw new MigError(
    'parameter_invalid',
    `Idempotency-Key: must have 1 to ${MAX_IDEMPOTENCY_KEY} characters`,
  );
}

function readActionText(c: Context<ApiEnv>): string {
  const text = requireField(readForm(c, MAX_FORM_BYTES), 'action');
  if (Buffer.byteLength(text) > MAX_ACTION_BYTES) {
    throw new MigError('body_too_large', `action: is over ${MAX_ACTION_BYTES} bytes`);
  }
  return text;
}

/** The stored row is an outbox: if Temporal is unavailable, the reconciler starts the workflow later. */
async function startWorkflow(
  { pool, temporal, log }: ApiDeps,
  { row, fingerprints }: AcceptedAction,
): Promise<void> {
  try {
    await startActionWorkflow(temporal, actionCard(row, fingerprints));
    await markWorkflowStarted(pool, row.id);
  } catch (error) {
    log.warn({ actionId: row.id, err: error }, 'workflow not started yet');
  }
}
