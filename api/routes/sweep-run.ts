import type { Context } from 'hono';
import * as routes from '../../contract/api/sweep-changes.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import { runById, type SweepRunRow, unfinishedRuns } from '../../platform/postgres/queries/sweeps/runs.ts';
import { startSweepWorkflow } from '../../platform/temporal/sweep-schedule.ts';
import {
  isWorkflowMissing,
  refusalOf,
  signalWorkflow,
  updateWorkflow,
} from '../../platform/temporal/workflow-messages.ts';
import { cancelRunUpdate, pauseRunUpdate, resumeRunUpdate, wakeSignal } from '../../workflows/messages.ts';
import { STEERING_WAITS, TEMPORAL_IS_SLOW } from '../actions/steer-action.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';
import { requireSweepRow } from '../sweeps/load-sweep.ts';
import { requireSweepOf } from '../sweeps/require-sweep-of.ts';
import { requestRun, signRuns } from '../sweeps/sign-runs.ts';

const RUN_UPDATES = { pause: pauseRunUpdate, resume: resumeRunUpdate, cancel: cancelRunUpdate };
type Verb = keyof typeof RUN_UPDATES;

/** Signing runs ahead, asking for a run now, and steering a run in progress. */
export function sweepRunRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.signSweepRuns, async ({ runs, ...key }, c) => {
      const row = await requireSweepOf(deps, c, key);
      const signed = await signRuns(deps, { row, runs, caller: auditCaller(deps, c) });
      deps.background.run(() => wakeWaitingRuns(deps, row.id));
      return respond(c, [item(recordHref(deps, 'sweep', row.id), 'signed', { signed })], 202);
    }),

    serve(deps, routes.requestSweepRun, async ({ run, ...key }, c) => {
      const row = await requireSweepOf(deps, c, key);
      const runId = await requestRun(deps, { row, run, caller: auditCaller(deps, c) });
      deps.background.run(() => startRun(deps, runId, row.name));
      return respond(c, [item(recordHref(deps, 'sweep', row.id), 'run', { id: runId })], 202);
    }),

    serve(deps, routes.pauseSweepRun, ({ runid }, c) => order(deps, c, { runId: runid, verb: 'pause' })),
    serve(deps, routes.resumeSweepRun, ({ runid }, c) => order(deps, c, { runId: runid, verb: 'resume' })),
    serve(deps, routes.cancelSweepRun, ({ runid }, c) => order(deps, c, { runId: runid, verb: 'cancel' })),
  ];
}

async function order(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  { runId, verb }: { runId: number; verb: Verb },
): Promise<Response> {
  const kind = `sweep_run_${verb}` as const;
  c.set('audit', { kind, objectId: runId });
  const run = await runById(deps.pool, runId);
  if (!run) throw new MigError('not_found', `there is no run ${runId}`);
  if (run.finishedat !== null) throw new MigError('conflict', `the run is ${run.state} already`);
  const caller = auditCaller(deps, c);
  const entry = { ...caller, kind, outcome: 'ordered', objectId: runId } as const;
  await recordAudit(deps.pool, [entry]);
  logAudit(deps.log, [entry]);
  const progress = await steerRun(deps, { run, verb, updateId: caller.requestId });
  return respond(c, [item(recordHref(deps, 'sweep', run.sweepid), 'progress', progress)]);
}

/** The stored run is an outbox: if Temporal is unavailable, the reconciler starts its workflow later. */
async function startRun({ pool, temporal, log }: ApiDeps, runId: number, name: string): Promise<void> {
  const run = await runById(pool, runId);
  if (!run?.workflowid) return;
  const { sweepid: sweepId, workflowid: workflowId } = run;
  try {
    await startSweepWorkflow(temporal, { sweepId, runId, workflowId, name });
    await signalWorkflow(temporal, { workflowId, signal: wakeSignal });
  } catch (error) {
    log.warn({ runId, error: errorMessage(error) }, 'workflow not started yet');
  }
}

/** A signal that is lost costs half a minute: a run that waits also polls. */
async function wakeWaitingRuns({ pool, temporal, log }: ApiDeps, sweepId: number): Promise<void> {
  for (const { state, workflowid } of await unfinishedRuns(pool, sweepId)) {
    if (state !== 'awaiting signature' || workflowid === null) continue;
    try {
      await signalWorkflow(temporal, { workflowId: workflowid, signal: wakeSignal });
    } catch (error) {
      log.warn({ sweepId, error: errorMessage(error) }, 'workflow not woken');
    }
  }
}

async function steerRun(
  deps: ApiDeps,
  { run, verb, updateId }: { run: SweepRunRow; verb: Verb; updateId: string },
): Promise<unknown> {
  const { id: runId, sweepid: sweepId, workflowid: workflowId } = run;
  if (workflowId === null) throw new MigError('conflict', 'the run has not begun yet');
  const execute = () =>
    updateWorkflow(deps.temporal, {
      workflowId,
      update: RUN_UPDATES[verb],
      updateId,
      waits: STEERING_WAITS,
    });
  try {
    return await execute().catch(async (error: unknown) => {
      if (!isWorkflowMissing(error)) throw error;
      // It was not started yet, or Temporal has lost it: the order must not be lost with it.
      const { name } = await requireSweepRow(deps.pool, { sweepid: sweepId });
      await startSweepWorkflow(deps.temporal, { sweepId, runId, workflowId, name });
      return execute();
    });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) throw new MigError('conflict', refusal, { cause: error });
    throw new MigError('unavailable', `the run has not been steered yet: ${TEMPORAL_IS_SLOW}`, {
      cause: error,
    });
  }
}
