import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import * as routes from '../../contract/api/actions.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import { countersWithFailures } from '../../platform/postgres/queries/actions/counters.ts';
import { brakesOf } from '../../platform/postgres/queries/brakes/brakes.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { acceptAction } from '../actions/accept-action.ts';
import { changeBrakes } from '../actions/change-brakes.ts';
import { startWorkflow } from '../actions/start-workflow.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { breakConnection } from '../http/break-connection.ts';
import { investigatorOf } from '../http/caller.ts';
import { type Item, item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { createInvestigatorPermits } from '../limits/investigator-permits.ts';
import { streamProgress } from '../progress/stream-progress.ts';
import { loadActionDetails } from '../records/load-action-details.ts';
import { requireAction } from '../records/require-action.ts';
import { type ActionDetails, toAction } from '../records/to-action.ts';
import { toBrakes } from '../records/to-brakes.ts';
import { type Served, serve } from '../router/serve.ts';

const MAX_IDEMPOTENCY_KEY = 255;
/** The most event streams that one investigator may have open. */
const MAX_STREAMS_EACH = 20;

export function actionRoutes(deps: ApiDeps): Served[] {
  const { pool, log } = deps;
  const streams = createInvestigatorPermits({ max: MAX_STREAMS_EACH, resources: 'event streams', waitMs: 0 });

  return [
    serve(deps, routes.getAction, async ({ actionid, failures }, c) => {
      const row = await requireAction(pool, actionid);
      const details = failures ? await loadDetailsWithFailures(deps, row) : await loadDetails(deps, row);
      const href = recordHref(deps, 'action', row.id);
      return respond(c, [item(href, 'action', toAction(row, details)), ...(await brakesItem(deps, row))]);
    }),

    serve(deps, routes.createAction, async ({ action, brakes }, c) => {
      const idempotencyKey = readIdempotencyKey(c);
      checkSize(action);
      const caller = auditCaller(deps, c);
      const accepted = await acceptAction(deps, { text: action, brakes, caller, idempotencyKey });
      startWorkflow(deps, accepted);
      const { row } = accepted;
      return respond(
        c,
        [item(recordHref(deps, 'action', row.id), `action ID ${row.id}`, toAction(row))],
        202,
      );
    }),

    serve(deps, routes.changeBrakes, async ({ actionid: actionId, brakes }, c) => {
      c.set('audit', { kind: 'brakes', objectId: actionId });
      await changeBrakes(deps, { actionId, brakes, caller: auditCaller(deps, c) });
      return respond(c, await brakesItem(deps, await requireAction(pool, actionId)));
    }),

    serve(deps, routes.streamActionEvents, async ({ actionid: actionId }, c) => {
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
    }),
  ];
}

async function loadDetails(deps: ApiDeps, row: ActionRow): Promise<ActionDetails> {
  const detailsOf = await loadActionDetails(deps, [row]);
  return detailsOf(row.id);
}

/** The brakes of an action, if it has any. They are no part of its record, of which clients verify the signatures. */
async function brakesItem(deps: ApiDeps, row: ActionRow): Promise<Item[]> {
  if (!row.braked) return [];
  const brakes = await brakesOf(deps.pool, row.id);
  return brakes === undefined
    ? []
    : [item(recordHref(deps, 'action', row.id), 'brakes', toBrakes(brakes, row))];
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

function checkSize(action: string): void {
  if (Buffer.byteLength(action) <= MAX_ACTION_BYTES) return;
  throw new MigError('body_too_large', `action: is over ${MAX_ACTION_BYTES} bytes`);
}
