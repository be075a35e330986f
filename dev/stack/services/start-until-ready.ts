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
    throw new SetupError(`${label} did not start: ${logTail(home, spec.name, logLines)}`, { cause });
  }
}
