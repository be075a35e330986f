import type { Job } from '../jobs/load-job.ts';
import { type DueRuns, dueRuns } from '../schedule/due-runs.ts';

export interface DueJob extends DueRuns {
  job: Job;
  /** Up to when the job is dealt with now. */
  handledMs: number;
}

/** The jobs of a runner, and up to when each is dealt with. */
export interface Timetable {
  put(job: Job, handledMs: number): void;
  remove(name: string): void;
  find(name: string): Job | undefined;
  /** The jobs with due or missed runs. They are dealt with from now on. */
  takeDue(nowMs: number): DueJob[];
  /** When the next run is due; undefined when there is none. */
  nextMs(): number | undefined;
}

export function createTimetable(): Timetable {
  const entries = new Map<string, { job: Job; handledMs: number }>();
  return {
    put: (job, handledMs) => void entries.set(job.name, { job, handledMs }),
    remove: (name) => void entries.delete(name),
    find: (name) => entries.get(name)?.job,
    takeDue(nowMs) {
      const due: DueJob[] = [];
      for (const entry of entries.values()) {
        const runs = dueRuns(entry.job.schedule, { lastMs: entry.handledMs, nowMs });
        if (runs.launchMs === undefined && runs.missedMs.length === 0) continue;
        entry.handledMs = runs.launchMs ?? nowMs;
        due.push({ job: entry.job, handledMs: entry.handledMs, ...runs });
      }
      return due;
    },
    nextMs() {
      const times = [...entries.values()].flatMap(({ job, handledMs }) => job.schedule.next(handledMs) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}
