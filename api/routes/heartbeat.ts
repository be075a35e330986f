import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import * as routes from '../../contract/api/service.ts';
import { type ErrorCode, MigError } from '../../contract/errors.ts';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../contract/http-heartbeat.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/limits.ts';
import { refreshAgent } from '../../platform/postgres/queries/agents/heartbeats.ts';
import { insertNewcomer } from '../../platform/postgres/queries/agents/newcomers.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { statusOf } from '../http/errors.ts';
import { readBody } from '../http/read-request.ts';
import { receiveBody } from '../http/receive-body.ts';
import { respond } from '../http/respond.ts';
import { clientAddress, networkOf } from '../limits/client-address.ts';
import { createMinuteCounts, type MinuteCounts } from '../limits/minute-counts.ts';
import { type Served, serve } from '../router/serve.ts';

const MAX_AGE_MS = 5 * 60_000;
/** The most heartbeats of one network, since these writes need no credentials. */
const MAX_PER_MINUTE = 600;
/** The most agents that registered by HTTP and are not yet checked: at 100 kB each, 200 MB. */
const MAX_NEWCOMERS = 2_000;
const RETRY_AFTER_S = '60';

/** Heartbeats, without credentials (spec/api.md#unauthenticated-endpoints). */
export function heartbeatRoutes(deps: ApiDeps): Served[] {
  const counts = createMinuteCounts(deps.now);
  return [
    serve(deps, routes.getHeartbeat, (_given, c) =>
      respond(c, [item(`${BASE_ROUTE}/heartbeat`, 'heartbeat', 'gatorz say hi')]),
    ),
    { route: routes.postHeartbeat, handlers: [(c) => answerHeartbeat(deps, c, counts)] },
  ];
}

/** Its refusals have no envelope either. */
async function answerHeartbeat(deps: ApiDeps, c: Context<ApiEnv>, counts: MinuteCounts): Promise<Response> {
  try {
    checkEnabled(deps);
    checkRate(deps, c, counts);
    const body = await receive(deps, c);
    const heartbeat = parseHttpHeartbeat(body, { nowMs: deps.now(), maxAgeMs: MAX_AGE_MS });
    const isRegistered = await deps.admission.publicRequests.run(() => register(deps, heartbeat, body));
    if (!isRegistered) throw retryLater(c, 'overloaded', 'too many agents register at this time');
    return respondAsMig(c, null, 200);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return respondAsMig(c, error.message, statusOf(error.code));
  }
}

function checkEnabled({ config }: ApiDeps): void {
  if (config.httpHeartbeats) return;
  throw new MigError('forbidden', 'heartbeats by HTTP are not accepted here');
}

function checkRate({ config }: ApiDeps, c: Context<ApiEnv>, counts: MinuteCounts): void {
  const network = networkOf(clientAddress(config, c));
  if (counts.increment(network) <= MAX_PER_MINUTE) return;
  throw retryLater(c, 'rate_limited', 'too many heartbeats from this address');
}

async function receive({ config, admission }: ApiDeps, c: Context<ApiEnv>): Promise<Buffer> {
  await receiveBody(c, {
    maxBytes: MAX_HEARTBEAT_BYTES,
    timeoutMs: config.requestTimeoutMs,
    budget: admission.publicBodies,
  });
  return readBody(c);
}

/** Refreshes a known agent; keeps a new one until the worker has checked its queue. False when too many are kept. */
async function register({ pool }: ApiDeps, heartbeat: Heartbeat, body: Buffer): Promise<boolean> {
  if (await refreshAgent(pool, heartbeat)) return true;
  const { queueloc, pid } = heartbeat;
  return insertNewcomer(pool, { queueloc, pid, body: body.toString(), max: MAX_NEWCOMERS });
}

function retryLater(c: Context<ApiEnv>, code: ErrorCode, message: string): MigError {
  c.header('Retry-After', RETRY_AFTER_S);
  return new MigError(code, message);
}

/** The response that MIG's agents expect, without the envelope. */
function respondAsMig(c: Context<ApiEnv>, error: string | null, status: ContentfulStatusCode): Response {
  return c.body(`${JSON.stringify({ error })}\n`, status, { 'Content-Type': 'application/json' });
}
