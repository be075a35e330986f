import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeLeftovers } from '../../../modules/upgrade/leftovers.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { isProcessRunning } from '../../../platform/machine/process-signals.ts';
import { removePendingExecutable } from './pending.ts';

const WAITING_FOLDER = /^waiting-(\d+)$/;

/** Removes the leftovers of killed upgrades. Only the agent that owns the state folder may call this. */
export async function tidyUp(stateDir: string): Promise<void> {
  removeLeftovers(installation().folder);
  for (const name of readdirSync(stateDir)) {
    const pid = WAITING_FOLDER.exec(name)?.[1];
    if (pid === undefined || isProcessRunning(Number(pid))) continue;
    rmSync(join(stateDir, name), { recursive: true, force: true });
  }
  await removePendingExecutable(stateDir);
}
