import { errorMessage } from '../../../contract/errors.ts';
import type { Output } from '../../terminal/output.ts';
import type { RunnerConfig } from '../config/runner-config.ts';
import { listJobFolders } from '../jobs/job-folders.ts';
import { type Job, loadJob } from '../jobs/load-job.ts';
import { localTime } from '../schedule/local-time.ts';

const SHOWN_TIMES = 3;

/** Reads every job, and prints its next times or why it cannot run. Returns whether all can run. */
export function checkJobs(
  { runnersFolder, pluginsFolder }: RunnerConfig,
  { output, json, nowMs }: { output: Output; json: boolean; nowMs: number },
): boolean {
  const folders = listJobFolders(runnersFolder);
  if (folders.length === 0) output.note(`${runnersFolder} has no jobs`);
  let areGood = true;
  for (const { name, folder } of folders) {
    const checked = check({ name, folder }, { pluginsFolder, nowMs });
    if (checked.reason !== undefined) areGood = false;
    if (json) output.json(JSON.stringify(checked));
    else for (const line of linesOf(checked)) output.answer(line);
  }
  return areGood;
}

interface Checked {
  job: string;
  schedule?: string;
  /** The next scheduled times, in UTC. */
  next: string[];
  plugin?: string;
  expiry?: string;
  sendonly?: boolean;
  reason?: string;
}

function check(
  place: Pick<Job, 'name' | 'folder'>,
  options: { pluginsFolder: string; nowMs: number },
): Checked {
  try {
    const { name, schedule, plugin, expiry, isSendOnly } = loadJob(place, options);
    const next = nextTimes(schedule, options.nowMs).map((ms) => new Date(ms).toISOString());
    return { job: name, schedule: schedule.text, next, plugin, expiry, sendonly: isSendOnly };
  } catch (error) {
    return { job: place.name, next: [], reason: errorMessage(error) };
  }
}

function nextTimes({ next }: Job['schedule'], nowMs: number): number[] {
  const times: number[] = [];
  let ms = next(nowMs);
  while (ms !== undefined && times.length < SHOWN_TIMES) {
    times.push(ms);
    ms = next(ms);
  }
  return times;
}

function linesOf({ job, schedule, next, plugin, expiry, sendonly, reason }: Checked): string[] {
  if (reason !== undefined) return [`${job}  cannot run: ${reason}`];
  const results = sendonly ? 'results left to others' : plugin || 'no plugin';
  return [
    `${job}  ${schedule}  (valid ${expiry}, ${results})`,
    ...next.map((time) => `  ${localTime(Date.parse(time))}`),
  ];
}
