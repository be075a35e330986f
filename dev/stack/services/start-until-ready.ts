import { errorMessage } from '../../../contract/errors.ts';
import { waitFor } from '../../wait-for.ts';
import { SetupError } from '../programs/setup-error.ts';
import { type DaemonSpec, isRunning, logTail, startDaemon } from './processes.ts';

/** Starts a program and waits until it is ready. Throws with the end of its log when it ends or takes too long. */
export async function startUntilReady(
  home: string,
  spec: DaemonSpec,
  {
    label,
    isReady,
    everyMs = 50,
    logLines = 8,
  }: { label: string; isReady: () => Promise<boolean> | boolean; everyMs?: number; logLines?: number },
): Promise<void> {
  const { daemon } = startDaemon(home, spec);
  try {
    await waitFor(label, isReady, { isAlive: () => isRunning(daemon), everyMs });
  } catch (cause) {
    const tail = logTail(home, spec.name, logLines).trim();
    const log = tail === '' ? '; its log is empty' : `; its log ends with: ${tail}`;
    throw new SetupError(`${label} did not start: ${errorMessage(cause)}${log}`, { cause });
  }
}
