import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { getAction } from '../../../contract/api/actions.ts';
import { MigError } from '../../../contract/errors.ts';
import { isFinalAction } from '../../../contract/rules/accounting.ts';
import { exitCodeOfAction } from '../../action/outcome.ts';
import { loadProblems } from '../../action/problems.ts';
import { EXIT } from '../../exit-codes.ts';
import { countersLine } from '../../terminal/counters-line.ts';
import type { Output } from '../../terminal/output.ts';
import { listJobFolders } from '../jobs/job-folders.ts';
import { type Job, loadJob } from '../jobs/load-job.ts';
import { launchRun } from '../launch/launch-run.ts';
import { collect } from '../results/collect.ts';
import type { InFlight } from '../results/in-flight.ts';
import { findResults } from '../results/store-results.ts';
import { createCollecting, createLaunching, type RunnerDeps } from './runner-deps.ts';

/** Launches one job now, awaits its end, stores its results and runs its plugin. Returns the exit code. */
export async function runOnce(
  deps: RunnerDeps,
  { name, output, json }: { name: string; output: Output; json: boolean },
): Promise<number> {
  const job = findJob(deps, name);
  const key = randomUUID();
  const launched = await launchRun(createLaunching(deps), job, { key, scheduledMs: undefined });
  if (deps.signal.aborted) return EXIT.cancelled;
  if (!launched.isLaunched) return EXIT.refused;
  if (launched.inFlight === undefined) return EXIT.ok;
  return awaitResults(deps, { job, inFlight: launched.inFlight, output, json });
}

function findJob({ config, now }: RunnerDeps, name: string): Job {
  const folders = listJobFolders(config.runnersFolder);
  if (!folders.some((one) => one.name === name)) {
    const known = folders.map((one) => one.name).join(', ') || 'none';
    throw new MigError('usage', `there is no job ${JSON.stringify(name)}; the jobs are: ${known}`);
  }
  const place = { name, folder: join(config.runnersFolder, name) };
  return loadJob(place, { pluginsFolder: config.pluginsFolder, nowMs: now() });
}

async function awaitResults(
  deps: RunnerDeps,
  { job, inFlight, output, json }: { job: Job; inFlight: InFlight; output: Output; json: boolean },
): Promise<number> {
  const { session, signal } = deps;
  const collecting = createCollecting(deps, () => job.pluginTimeoutMs);
  let isDelivered = true;
  await collect(
    {
      ...collecting,
      // Nobody waits for the whole validity when every agent has answered.
      awaitEnd: async (one) => (await isFinal(deps, one)) || collecting.awaitEnd(one),
      async deliver(one, file) {
        isDelivered = await collecting.deliver(one, file);
        return isDelivered;
      },
    },
    inFlight,
  );
  if (signal.aborted) return EXIT.cancelled;
  const { actionId, jobFolder } = inFlight;
  const { action } = await session.api.call(getAction, { actionid: actionId });
  const file = findResults(jobFolder, actionId);
  if (json) output.json(JSON.stringify({ job: job.name, actionId, counters: action.counters, file }));
  else output.answer(`action ${actionId}: ${countersLine(action.counters)}: ${file}`);
  const exitCode = exitCodeOfAction(action, await loadProblems(session.api, action));
  if (exitCode !== EXIT.ok) output.note(`mig results ${actionId} prints which agents failed, and why`);
  return isDelivered ? exitCode : EXIT.error;
}

/** Follows an action to its end; false when its progress cannot be read. */
async function isFinal({ session, signal }: RunnerDeps, { actionId }: InFlight): Promise<boolean> {
  try {
    for await (const { status } of session.api.streamProgress(actionId, signal)) {
      if (isFinalAction(status)) return true;
    }
  } catch {
    // The API may be unreachable for a while.
  }
  return false;
}
