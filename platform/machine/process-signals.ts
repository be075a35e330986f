import { livingFolder } from './living-task.ts';

/** Whether a process with this pid runs; a zombie does not. */
export function isProcessRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  return livingFolder(pid) !== undefined;
}

/** Signals one process; does nothing when it has ended. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  requireOtherProcess(pid);
  trySignal(pid, signal);
}

/** Signals the process group that this process leads, or led; does nothing when all of it has ended. */
export function signalProcessGroup(leaderPid: number, signal: NodeJS.Signals): void {
  requireOtherProcess(leaderPid);
  trySignal(-leaderPid, signal);
}

/** For kill(2), 0 is the caller's own group, -1 every process, and 1 the machine's init. */
function requireOtherProcess(pid: number): void {
  if (Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid) return;
  throw new Error(`pid ${pid} must not be signalled`);
}

function trySignal(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // It ended by itself.
  }
}
