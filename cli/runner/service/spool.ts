import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { errorMessage } from '../../../contract/errors.ts';
import { removeUnfinished } from '../../../platform/files/write-durably.ts';
import { listJobFolders } from '../jobs/job-folders.ts';
import type { Job } from '../jobs/load-job.ts';
import { readIntents } from '../launch/intents.ts';
import { type Launched, launchRun, settleLaunch } from '../launch/launch-run.ts';
import { collect } from '../results/collect.ts';
import { type InFlight, listInFlight } from '../results/in-flight.ts';
import { createCollecting, createLaunching, type RunnerDeps } from './runner-deps.ts';

/** Launches, awaited results and plugins in progress. Each is on the disk, so that another runner can go on. */
export interface Spool {
  /** Launches a run, and awaits its results, in the background. */
  launch(job: Job, scheduledMs: number): void;
  /** Takes up what lies in the folders of jobs and is not in progress. */
  adopt(): void;
  /** Waits until nothing is in progress. */
  settled(): Promise<void>;
}

export function createSpool(deps: RunnerDeps, timeoutOf: (job: string) => number): Spool {
  const { config, log } = deps;
  const launching = createLaunching(deps);
  const collecting = createCollecting(deps, timeoutOf);
  const inProgress = new Map<string, Promise<void>>();
  const reported = new Set<string>();

  /** Work that fails stays on the disk, and is adopted again. */
  const track = (key: string, job: string, work: () => Promise<void>) => {
    if (inProgress.has(key)) return;
    const running = work()
      .catch((error: unknown) => {
        log({ event: 'interrupted', level: 'error', job, message: `interrupted: ${errorMessage(error)}` });
      })
      .finally(() => inProgress.delete(key));
    inProgress.set(key, running);
  };
  const awaitResults = (inFlight: InFlight) =>
    track(inFlight.file, inFlight.job, () => collect(collecting, inFlight));
  const follow = ({ inFlight }: Launched) => {
    if (inFlight) awaitResults(inFlight);
  };
  const reportOnce = (job: string | undefined, error: unknown) => {
    const message = errorMessage(error);
    if (reported.has(message)) return;
    reported.add(message);
    log({ event: 'file-refused', level: 'error', job, message });
  };
  const adoptFolder = (name: string, jobFolder: string) => {
    for (const folder of ['launching', 'inflight']) removeUnfinished(join(jobFolder, folder));
    const { intents, refused } = readIntents(jobFolder);
    for (const intent of intents)
      track(intent.key, name, async () =>
        follow(await settleLaunch(launching, { jobFolder, intent, isRepeated: true })),
      );
    const listed = listInFlight(jobFolder);
    for (const inFlight of listed.inFlight) awaitResults(inFlight);
    for (const problem of [...refused, ...listed.refused]) reportOnce(name, problem);
  };

  return {
    launch(job, scheduledMs) {
      const key = randomUUID();
      track(key, job.name, async () => follow(await launchRun(launching, job, { key, scheduledMs })));
    },
    adopt() {
      for (const { name, folder } of listJobFolders(config.runnersFolder)) {
        try {
          adoptFolder(name, folder);
        } catch (error) {
          reportOnce(name, error);
        }
      }
    },
    async settled() {
      while (inProgress.size > 0) await Promise.all(inProgress.values());
    },
  };
}
