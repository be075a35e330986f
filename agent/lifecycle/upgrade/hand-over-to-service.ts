import { pollUntil } from '../../../platform/async/poll-until.ts';
import type { Logger } from '../../../platform/log.ts';
import { isProcessRunning } from '../../../platform/machine/process-signals.ts';
import { BUILD } from '../../config/build-info.ts';
import { queryAgent } from '../control.ts';

const HAND_OVER_TIMEOUT_MS = 30_000;
const POLL_MS = 250;

/**
 * Runs in the agent that the service manager started: asks the agent of the same version that an upgrade started to end once
 * it is idle. An agent of another version keeps running.
 */
export async function handOverToService(runDir: string, log: Logger): Promise<void> {
  const pid = await pollUntil(() => findIdleSuccessor(runDir), {
    timeoutMs: HAND_OVER_TIMEOUT_MS,
    everyMs: POLL_MS,
  });
  if (typeof pid !== 'number') return;
  log.info({ pid }, 'asked the upgraded agent to end');
  await queryAgent(runDir, 'shutdown').catch(() => {});
  await pollUntil(() => !isProcessRunning(pid), { timeoutMs: HAND_OVER_TIMEOUT_MS, everyMs: POLL_MS });
}

/** The pid of the successor once it is idle; undefined while it is busy; `none` if there is no such successor. */
async function findIdleSuccessor(runDir: string): Promise<number | 'none' | undefined> {
  const status = await queryStatus(runDir);
  const isSuccessor =
    status?.startedbyupgrade && status.version === BUILD.version && status.pid !== process.pid;
  if (!isSuccessor) return 'none';
  return status.running > 0 || status.unconfirmedanswers > 0 ? undefined : status.pid;
}

interface Status {
  pid: number;
  version: string;
  startedbyupgrade: boolean;
  running: number;
  unconfirmedanswers: number;
}

/** Undefined when no agent answers. */
async function queryStatus(runDir: string): Promise<Status | undefined> {
  try {
    return JSON.parse(await queryAgent(runDir, 'status')) as Status;
  } catch {
    return undefined;
  }
}
