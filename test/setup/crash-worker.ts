import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Checkpoint } from '../../activities/deps.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { type Platform, workerEnv } from './platform.ts';

/** Where the fault tests kill a worker. */
export const CHECKPOINTS: Checkpoint[] = [
  'before publish',
  'before confirm',
  'before mark',
  'after commit before ack',
  'after ack before signal',
];

/** Starts a worker process that kills itself with SIGKILL at the checkpoint, or before it reads a message with the text. */
export function startCrashWorker(
  platform: Platform,
  crash: { at: Checkpoint } | { on: string },
): ChildProcess {
  const when = 'at' in crash ? { MIG_CRASH_AT: crash.at } : { MIG_CRASH_ON: crash.on };
  return spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'dev', 'crash-worker.ts')], {
    env: { ...process.env, ...workerEnv(platform), ...when, MIG_LOG_LEVEL: 'silent' },
    stdio: 'ignore',
    cwd: ROOT,
  });
}
