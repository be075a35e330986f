import { actionText } from '../../../contract/action-text.ts';
import { errorMessage } from '../../../contract/errors.ts';
import type { Signer } from '../../../platform/openpgp/sign.ts';
import { actionOf, type Job } from '../jobs/load-job.ts';
import { writeHandledMs } from '../jobs/run-record.ts';
import { type InFlight, writeInFlight } from '../results/in-flight.ts';
import { findResults } from '../results/store-results.ts';
import { type Intent, removeIntent, writeIntent } from './intents.ts';
import { type Settling, settleIntent } from './settle-intent.ts';
import { signRun } from './sign-run.ts';

export interface Launching extends Settling {
  signer: Signer;
}

/** A launch that is over. Without an action in flight it was refused, stopped, or nobody awaits its results. */
export interface Launched {
  isLaunched: boolean;
  inFlight: InFlight | undefined;
}

const NOT_LAUNCHED: Launched = { isLaunched: false, inFlight: undefined };

/**
 * Launches a run of a job: signs it, writes what is about to happen to the disk, posts it, and writes the answer to the
 * disk. Whenever the runner is killed, the next one knows what to do. A failure is logged.
 */
export async function launchRun(
  launching: Launching,
  job: Job,
  { key, scheduledMs }: { key: string; scheduledMs: number | undefined },
): Promise<Launched> {
  let intent: Intent | undefined;
  try {
    intent = await signIntent(launching, job, { key, scheduledMs });
    writeIntent(job.folder, intent);
    if (scheduledMs !== undefined) record(job, scheduledMs);
  } catch (error) {
    if (intent) removeIntent(job.folder, intent);
    if (scheduledMs !== undefined) tryRecord(launching, job, scheduledMs);
    logFailure(launching, job.name, errorMessage(error));
    return NOT_LAUNCHED;
  }
  return settleLaunch(launching, { jobFolder: job.folder, intent, isRepeated: false });
}

/** Ends a launch of which an intent is on the disk. */
export async function settleLaunch(
  launching: Launching,
  { jobFolder, intent, isRepeated }: { jobFolder: string; intent: Intent; isRepeated: boolean },
): Promise<Launched> {
  const { log } = launching;
  const settled = await settleIntent(launching, intent, { isRepeated });
  if (settled.type === 'stopped') return NOT_LAUNCHED;
  if (settled.type === 'refused') {
    logFailure(launching, intent.job, settled.reason);
    removeIntent(jobFolder, intent);
    return NOT_LAUNCHED;
  }
  const { posted } = settled;
  log({
    event: 'launched',
    job: intent.job,
    message: `launched action ${posted.id}, valid until ${posted.expireafter}`,
    facts: { actionId: posted.id, scheduled: intent.scheduled },
  });
  const isAwaited = !intent.sendonly && findResults(jobFolder, posted.id) === undefined;
  const inFlight = isAwaited
    ? writeInFlight(jobFolder, { record: posted, id: posted.id, job: intent.job, plugin: intent.plugin })
    : undefined;
  removeIntent(jobFolder, intent);
  return { isLaunched: true, inFlight };
}

async function signIntent(
  { signer, now }: Launching,
  job: Job,
  { key, scheduledMs }: { key: string; scheduledMs: number | undefined },
): Promise<Intent> {
  const action = await signRun(signer, actionOf(job), { ...job, nowMs: now() });
  const [signature = ''] = action.pgpsignatures;
  return {
    key,
    job: job.name,
    scheduled: scheduledMs === undefined ? null : new Date(scheduledMs).toISOString(),
    plugin: job.plugin,
    sendonly: job.isSendOnly,
    validfrom: action.validfrom,
    expireafter: action.expireafter,
    signature,
    action: actionText(action),
  };
}

function record({ folder, schedule }: Job, ms: number): void {
  writeHandledMs(folder, { schedule: schedule.text, ms });
}

/** The failed time is not tried again by the next runner, either. */
function tryRecord(launching: Launching, job: Job, scheduledMs: number): void {
  try {
    record(job, scheduledMs);
  } catch (error) {
    const message = `cannot record the run: ${errorMessage(error)}`;
    launching.log({ event: 'record-failed', level: 'error', job: job.name, message });
  }
}

function logFailure({ log }: Launching, job: string, reason: string): void {
  log({
    event: 'launch-failed',
    level: 'error',
    job,
    message: `launch failed: ${reason}`,
    facts: { reason },
  });
}
