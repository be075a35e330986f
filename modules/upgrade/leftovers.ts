import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';

const PREFIX = '.mig-agent-download-';

/** The file for the download of this process. Its name contains the pid, so that others recognise a leftover. */
export function downloadFile(folder: string): string {
  return join(folder, `${PREFIX}${process.pid}`);
}

/** Removes the downloads of processes that no longer run. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(PREFIX)) continue;
    const pid = Number(name.slice(PREFIX.length));
    if (Number.isInteger(pid) && !isProcessRunning(pid)) rmSync(join(folder, name), { force: true });
  }
}
