import { errorMessage } from '../../../contract/errors.ts';
import { settleWithin } from '../../../platform/async/settle-within.ts';
import { listJobFolders } from '../jobs/job-folders.ts';
import { createJobList, type JobList } from '../jobs/job-list.ts';
import { DEFAULT_PLUGIN_TIMEOUT_MS, type Job } from '../jobs/load-job.ts';
import { readHandledMs, writeHandledMs } from '../jobs/run-record.ts';
import { readIntents } from '../launch/intents.ts';
import { localTime } from '../schedule/local-time.ts';
import { keepSweepsSigned } from '../sweeps/keep-signed.ts';
import type { RunnerDeps } from './runner-deps.ts';
import { createSpool, type Spool } from './spool.ts';
import { createTimetable, type DueJob, type Timetable } from './timetable.ts';

/** The most that one wait may last: the clock of the host may be set meanwhile. */
const MAX_WAIT_MS = 60_000;
/** The most time that launches and plugins get to end when the runner stops. */
const STOP_MS = 10_000;
/** A record that is further ahead of the clock says that the clock is wrong now, or was. */
const MAX_AHEAD_MS = 60_000;
/** The most missed times that one line lists. */
const MAX_LISTED = 5;

/** Runs the jobs of a folder at their times, and signs sweeps, until the signal aborts. */
export async function runService(deps: RunnerDeps): Promise<void> {
  const { sweeps } = deps.config;
  await using _signing = sweeps === undefined ? undefined : keepSweepsSigned(deps, sweeps);
  await runJobs(deps);
}

async function runJobs(deps: RunnerDeps): Promise<void> {
  const { config, log, now, sleep, signal } = deps;
  const timetable = createTimetable();
  const jobs = createJobList(config);
  const spool = createSpool(
    deps,
    (name) => timetable.find(name)?.pluginTimeoutMs ?? DEFAULT_PLUGIN_TIMEOUT_MS,
  );
  // A runner without a folder of jobs is a mistake, and ends here.
  listJobFolders(config.runnersFolder);
  log({ event: 'started', message: `runner started on ${config.folder}` });
  let scanMs = now();
  while (!signal.aborted) {
    if (now() >= scanMs) {
      scan(deps, { timetable, jobs, spool });
      scanMs = now() + config.checkMs;
    }
    for (const due of timetable.takeDue(now())) startDue(deps, spool, due);
    const untilMs = Math.min(scanMs, timetable.nextMs() ?? scanMs);
    await sleep(Math.min(Math.max(untilMs - now(), 1), MAX_WAIT_MS), signal);
  }
  log({ event: 'stopping', message: 'runner stops: what is in progress goes on with the next start' });
  await settleWithin(STOP_MS, spool.settled());
}

/** Takes up changed folders. A folder of jobs that cannot be read stops no job. */
function scan(
  deps: RunnerDeps,
  { timetable, jobs, spool }: { timetable: Timetable; jobs: JobList; spool: Spool },
): void {
  const { log, now } = deps;
  try {
    const { added, changed, removed, refused } = jobs.scan(now());
    for (const name of removed) {
      timetable.remove(name);
      log({ event: 'job-removed', job: name, message: 'job removed' });
    }
    for (const { name, reason } of refused) {
      timetable.remove(name);
      log({ event: 'job-refused', level: 'error', job: name, message: `job stopped: ${reason}` });
    }
    for (const job of added) put(deps, { timetable, job, verb: 'added' });
    for (const job of changed) put(deps, { timetable, job, verb: 'changed' });
    spool.adopt();
  } catch (error) {
    log({ event: 'scan-failed', level: 'error', message: errorMessage(error) });
  }
}

function put(
  { log, now }: RunnerDeps,
  { timetable, job, verb }: { timetable: Timetable; job: Job; verb: string },
): void {
  try {
    const handledMs = handledMsOf(job, now());
    timetable.put(job, handledMs);
    const nextMs = job.schedule.next(Math.max(handledMs, now()));
    const next = nextMs === undefined ? 'never again' : localTime(nextMs);
    log({ event: `job-${verb}`, job: job.name, message: `job ${verb}, next run ${next}`, facts: { nextMs } });
    if (handledMs > now() + MAX_AHEAD_MS)
      log({
        event: 'record-ahead',
        level: 'warn',
        job: job.name,
        message: `its last run is in the future, ${localTime(handledMs)}: if a clock was wrong, remove last-run.json`,
      });
  } catch (error) {
    timetable.remove(job.name);
    const message = `job stopped: ${errorMessage(error)}`;
    log({ event: 'job-refused', level: 'error', job: job.name, message });
  }
}

/** A new schedule counts from now on. An intent is written before the record of its time. */
function handledMsOf({ folder, schedule }: Job, nowMs: number): number {
  const recordedMs = readHandledMs(folder, schedule.text);
  const intendedMs = readIntents(folder).intents.map(({ scheduled }) =>
    scheduled === null ? 0 : Date.parse(scheduled),
  );
  if (recordedMs === undefined) writeHandledMs(folder, { schedule: schedule.text, ms: nowMs });
  return Math.max(recordedMs ?? nowMs, ...intendedMs);
}

function startDue(
  { log }: RunnerDeps,
  spool: Spool,
  { job, launchMs, missedMs, isCut, handledMs }: DueJob,
): void {
  const [firstMs] = missedMs;
  if (firstMs !== undefined) {
    const count = `${missedMs.length}${isCut ? ' or more' : ''} ${missedMs.length === 1 ? 'run' : 'runs'}`;
    const listed = missedMs.slice(0, MAX_LISTED).map(localTime).join(', ');
    const rest = missedMs.length > MAX_LISTED || isCut ? ', …' : '';
    log({
      event: 'missed',
      level: 'warn',
      job: job.name,
      message: `missed ${count}: ${listed}${rest}`,
      facts: { times: missedMs.map((ms) => new Date(ms).toISOString()) },
    });
  }
  if (launchMs !== undefined) {
    spool.launch(job, launchMs);
    return;
  }
  try {
    writeHandledMs(job.folder, { schedule: job.schedule.text, ms: handledMs });
  } catch (error) {
    // The next start reports them once more.
    log({ event: 'record-failed', level: 'error', job: job.name, message: errorMessage(error) });
  }
}
