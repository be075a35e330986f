import { statSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../../contract/errors.ts';
import { listJobFolders } from './job-folders.ts';
import { type Job, loadJob } from './load-job.ts';

/** What changed since the last look at the folder of jobs. */
interface JobChanges {
  added: Job[];
  /** Jobs whose files changed. */
  changed: Job[];
  /** The names of jobs whose folder is gone. */
  removed: string[];
  /** Jobs that cannot run, each reported once for each reason. */
  refused: { name: string; reason: string }[];
}

interface Known {
  /** What the files of the job looked like when they were read. */
  stamp: string;
  job: Job | undefined;
  reason: string | undefined;
}

/** The jobs of a runner, by what their files say. */
export interface JobList {
  /** Reads new and changed jobs again, and those that were refused. */
  scan(nowMs: number): JobChanges;
}

export function createJobList(folders: { runnersFolder: string; pluginsFolder: string }): JobList {
  const known = new Map<string, Known>();
  return {
    scan(nowMs) {
      const changes: JobChanges = { added: [], changed: [], removed: [], refused: [] };
      const found = listJobFolders(folders.runnersFolder);
      for (const { name, folder } of found) {
        const before = known.get(name);
        const stamp = stampOf(folder);
        if (before?.job !== undefined && before.stamp === stamp) continue;
        const now = { stamp, ...tryLoad({ name, folder }, { ...folders, nowMs }) };
        known.set(name, now);
        if (now.job) (before?.job ? changes.changed : changes.added).push(now.job);
        else if (now.reason !== before?.reason) changes.refused.push({ name, reason: now.reason });
      }
      const names = new Set(found.map(({ name }) => name));
      changes.removed = [...known.keys()].filter((name) => !names.has(name));
      for (const name of changes.removed) known.delete(name);
      return changes;
    },
  };
}

function tryLoad(
  place: Pick<Job, 'name' | 'folder'>,
  options: { pluginsFolder: string; nowMs: number },
): { job: Job; reason: undefined } | { job: undefined; reason: string } {
  try {
    return { job: loadJob(place, options), reason: undefined };
  } catch (error) {
    return { job: undefined, reason: errorMessage(error) };
  }
}

/** Changes with every edit of the two files. */
function stampOf(folder: string): string {
  const stamps = ['entity.cfg', 'action.json'].map((name) => {
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    return stats === undefined ? 'none' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
  });
  return stamps.join(', ');
}
