import {
  type Client,
  ScheduleNotFoundError,
  type ScheduleOptions,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import Long from 'long';
import { sweepScheduleId, sweepWorkflowId, TASK_QUEUE_INTERACTIVE } from '../../contract/names.ts';
import type { Sweep } from '../../contract/sweep/document.ts';

const TIMEOUT_MS = 10_000;

/** A sweep as Temporal's schedule needs it. Durations are in milliseconds. */
export interface SweepSchedule {
  id: number;
  name: string;
  paused: boolean;
  /** Of five fields each; it fires at the times of all. */
  cronExpressions: readonly string[];
  timezone: string;
  overlap: 'skip' | 'queue' | 'cancel';
  catchup: number;
}

/** The schedule of a stored sweep, as its signed document wants it. */
export function scheduleOfSweep(
  { id, name, paused }: Pick<SweepSchedule, 'id' | 'name' | 'paused'>,
  { schedule, cronExpressions }: Pick<Sweep, 'schedule' | 'cronExpressions'>,
): SweepSchedule {
  const { timezone, overlap, catchup } = schedule;
  return { id, name, paused, cronExpressions, timezone, overlap, catchup };
}

const OVERLAP = {
  skip: ScheduleOverlapPolicy.SKIP,
  queue: ScheduleOverlapPolicy.BUFFER_ONE,
  cancel: ScheduleOverlapPolicy.CANCEL_OTHER,
};

/** Creates the schedule of a sweep, or makes an existing one the same. */
export async function putSweepSchedule(client: Client, sweep: SweepSchedule): Promise<void> {
  const options = scheduleOptions(sweep);
  await client.withDeadline(Date.now() + TIMEOUT_MS, async () => {
    const handle = client.schedule.getHandle(options.scheduleId);
    try {
      await handle.update((former) => ({ ...options, state: { ...former.state, ...options.state } }));
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
      await client.schedule.create(options);
    }
  });
}

/** Pauses the schedule of a sweep as it is. It is no error when there is none. */
export async function pauseSweepSchedule(client: Client, sweepId: number): Promise<void> {
  try {
    await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
      client.schedule.getHandle(sweepScheduleId(sweepId)).pause(),
    );
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

/** It is no error when there is none. */
export async function deleteSweepSchedule(client: Client, sweepId: number): Promise<void> {
  try {
    await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
      client.schedule.getHandle(sweepScheduleId(sweepId)).delete(),
    );
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}

export async function hasSweepSchedule(client: Client, sweepId: number): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
      client.schedule.getHandle(sweepScheduleId(sweepId)).describe(),
    );
    return true;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return false;
    throw error;
  }
}

interface Span {
  sweepId: number;
  fromMs: number;
  toMs: number;
}

/**
 * The planned times after `from` until `to`, as Temporal's schedule counts them, oldest first and `limit` at most; undefined
 * without a schedule.
 */
export async function plannedTimes(
  client: Client,
  { limit, ...span }: Span & { limit: number },
): Promise<number[] | undefined> {
  const times: number[] = [];
  const deadlineMs = Date.now() + TIMEOUT_MS;
  try {
    let last: number | undefined = span.fromMs;
    while (last !== undefined && times.length < limit) {
      const page = await timesPage(client, { ...span, fromMs: last, deadlineMs });
      times.push(...page);
      last = page.at(-1);
    }
    return times.slice(0, limit);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * The first of these times that the schedule does not plan; null when it plans all, undefined without a schedule. Times that
 * lie far apart take a call each, and all calls together `timeoutMs`.
 */
export async function unplannedTime(
  client: Client,
  {
    sweepId,
    times,
    timeoutMs = TIMEOUT_MS,
  }: { sweepId: number; times: readonly number[]; timeoutMs?: number },
): Promise<number | null | undefined> {
  const deadlineMs = Date.now() + timeoutMs;
  const toMs = Math.max(...times);
  let planned = new Set<number>();
  try {
    for (const ms of [...times].sort((one, other) => one - other)) {
      if (!planned.has(ms)) {
        planned = new Set(await timesPage(client, { sweepId, fromMs: ms - 1000, toMs, deadlineMs }));
      }
      if (!planned.has(ms)) return ms;
    }
    return null;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A page has 1,000 times at most, and does not say that there are more. */
async function timesPage(
  client: Client,
  { sweepId, fromMs, toMs, deadlineMs }: Span & { deadlineMs: number },
): Promise<number[]> {
  const { startTime } = await client.withDeadline(deadlineMs, () =>
    client.workflowService.listScheduleMatchingTimes({
      namespace: client.options.namespace,
      scheduleId: sweepScheduleId(sweepId),
      startTime: toProtoTime(fromMs),
      endTime: toProtoTime(toMs),
    }),
  );
  const times = (startTime ?? []).map(({ seconds }) => Number(seconds) * 1000);
  return times.filter((ms) => ms > fromMs && ms <= toMs);
}

/** Starts the workflow of one run; harmless when it runs already. */
export async function startSweepWorkflow(
  client: Client,
  run: { sweepId: number; runId: number; workflowId: string; name: string },
): Promise<void> {
  await client.withDeadline(Date.now() + TIMEOUT_MS, () =>
    client.workflow.start('sweepWorkflow', {
      workflowId: run.workflowId,
      taskQueue: TASK_QUEUE_INTERACTIVE,
      args: [{ sweepId: run.sweepId, runId: run.runId }],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `sweep ${run.name}`,
    }),
  );
}

function scheduleOptions(sweep: SweepSchedule): ScheduleOptions {
  const { id, name, paused, timezone, cronExpressions, overlap, catchup } = sweep;
  return {
    scheduleId: sweepScheduleId(id),
    // Without jitter, by which Temporal would list other times than it plans. The workflow delays the run.
    spec: { cronExpressions: [...cronExpressions], timezone },
    action: {
      type: 'startWorkflow',
      workflowType: 'sweepWorkflow',
      workflowId: sweepScheduleId(id),
      taskQueue: TASK_QUEUE_INTERACTIVE,
      args: [{ sweepId: id }],
      staticSummary: `sweep ${name}`,
    },
    // A window of zero would be Temporal's default, a year.
    policies: { overlap: OVERLAP[overlap], catchupWindow: Math.max(catchup, 10_000) },
    state: { paused, note: `sweep ${name}` },
  };
}

/** The id that Temporal gives to what the schedule of a sweep starts at a time. */
export function scheduledWorkflowId(sweepId: number, plannedMs: number): string {
  return sweepWorkflowId(sweepId, `${new Date(plannedMs).toISOString().slice(0, 19)}Z`);
}

function toProtoTime(ms: number): { seconds: Long; nanos: number } {
  return { seconds: Long.fromNumber(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 };
}

const GRPC_NOT_FOUND = 5;

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, 'code') === GRPC_NOT_FOUND;
}
