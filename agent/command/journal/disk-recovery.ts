import { setTimeout as sleep } from 'node:timers/promises';
import type { HandlerDeps } from '../deps.ts';
import { resumeJournal } from './resume-journal.ts';

const DISK_RETRY_MS = 5_000;
const DISK_ERRORS: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** Whether the disk is full, read-only or broken. */
export function isDiskError(error: unknown): boolean {
  return DISK_ERRORS.has((error as NodeJS.ErrnoException).code);
}

/**
 * Returns a function that waits until the disk accepts data again, then resumes the journaled commands that could not start.
 * All callers share one wait.
 */
export function createDiskRecovery(deps: HandlerDeps): () => Promise<void> {
  let recovery: Promise<void> | undefined;
  return () => {
    recovery ??= recover(deps).finally(() => {
      recovery = undefined;
    });
    return recovery;
  };
}

async function recover(deps: HandlerDeps): Promise<void> {
  let isRecovered = false;
  while (!isRecovered) {
    await sleep(DISK_RETRY_MS, undefined, { ref: false });
    isRecovered = await tryResume(deps);
  }
}

async function tryResume(deps: HandlerDeps): Promise<boolean> {
  try {
    deps.journal.check();
    await resumeJournal(deps);
    return true;
  } catch {
    return false; // still full
  }
}
