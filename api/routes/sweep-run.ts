import { Hono } from 'hono';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { parseField } from '../../contract/parse-field.ts';
import { RequestedRun, SignedRuns } from '../../contract/sweep/requests.ts';
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
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { logAudit } from '../audit/log-audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm, requireField } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireSweepRow } from '../sweeps/load-sweep.ts';
import { readSweep } from '../sweeps/read-sweep.ts';
import { requestRun, signRuns } from '../sweeps/sign-runs.ts';

const RUN_UPDATES = { pause: pauseRunUpdate, resume: resumeRunUpdate, cancel: cancelRunUpdate };

/** Signing runs ahead, asking for a run now, and steering a run in progress. */
export function sweepRunRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const mayChange = requirePermission(deps, 'action_create');

  app.post('/sweep/sign/', auditAs('sweep_signed'), mayChange, async (c) => {
    const { row, form } = await readSweep(deps, c);
    const runs = parseField('runs', SignedRuns, requireField(form, 'runs'));
    const signed = await signRuns(deps, { row, runs, caller: auditCaller(deps, c) });
    await wakeWaitingRuns(deps, row.id);
    return respond(c, [item(recordHref(deps, 'sweep', row.id), 'signed', { signed })], 202);
  });

  app.post('/sweep/run/', auditAs('sweep_run'), mayChange, async (c) => {
    const { row, form } = await readSweep(deps, c);
    const run = parseField('run', RequestedRun, requireField(form, 'run'));
    const runId = await requestRun(deps, { row, run, caller: auditCaller(deps, c) });
    await startRun(deps, runId, row.name);
    return respond(c, [item(recordHref(deps, 'sweep', row.id), 'run', { id: runId })], 202);
  });

  for (const verb of ['pause', 'resume', 'cancel'] as const) {
    app.post(`/sweep/run/${verb}/`, auditAs(`sweep_run_${verb}`), mayChange, async (c) => {
      const runId = parseId('Run', 'runid', readForm(c, 4096).get('runid'));
      c.set('audit', { kind: `sweep_run_${verb}`, objectId: runId });
      const run = await runById(pool, runId);
      if (!run) throw new MigError('not_found', `there is no run ${runId}`);
      if (run.finishedat !== null) throw new MigError('conflict', `the run is ${run.state} already`);
      const caller = auditCaller(deps, c);
      const order = { ...caller, kind: `sweep_run_${verb}`, outcome: 'ordered', objectId: runId } as const;
      await recordAudit(pool, [order]);
      logAudit(deps.log, [order]);
      const progress = await steerRun(deps, { run, verb, updateId: caller.requestId });
      return respond(c, [item(recordHref(deps, 'sweep', run.sweepid), 'progress', progress)]);
    });
  }

  return app;
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
  { run, verb, updateId }: { run: SweepRunRow; verb: keyof typeof RUN_UPDATES; updateId: string },
): Promise<unknown> {
  const { id: runId, sweepid: sweepId, workflowid: workflowId } = run;
  if (workflowId === null) throw new MigError('conflict', 'the run has not begun yet');
  const execute = () =>
    updateWorkflow(deps.temporal, {
      workflowId,
      update: RUN_UPDATES[verb],
      updateId,
    });
  try {
    return await execute().catch(async (error: unknown) => {
      if (!isWorkflowMissing(error)) throw error;
      // It was not started yet, or Temporal has lost it: the order must not be lost with it.
      const { name } = await requireSweepRow(deps.pool, { sweepid: String(sweepId) });
      await startSweepWorkflow(deps.temporal, { sweepId, runId, workflowId, name });
      return execute();
    });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) throw new MigError('conflict', refusal, { cause: error });
    throw new MigError('unavailable', 'the run cannot be steered now: Temporal does not answer', {
      cause: error,
    });
  }
}
