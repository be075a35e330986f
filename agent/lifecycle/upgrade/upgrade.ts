import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_RESULT } from '../../../contract/command.ts';
import { errorMessage } from '../../../contract/errors.ts';
import { type Installed, PENDING_FILE, removeLeftovers } from '../../../modules/upgrade/run.ts';
import { pollUntil } from '../../../platform/async/poll-until.ts';
import type { Logger } from '../../../platform/log.ts';
import { listAgentProcesses } from '../../../platform/machine/agent-processes.ts';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { signalProcess, signalProcessGroup } from '../../../platform/machine/process-signals.ts';
import type { AgentConfig } from '../../config/config.ts';
import type { LastStep, Outcome } from '../../run/module-runner.ts';
import { DAEMON_VARIABLE } from '../daemonize.ts';

/** How long a new agent may take until it has begun to wait for its turn. */
const START_MS = 20_000;
/** It gives up by itself; one that does not is ended by us, this much later. */
const GRACE_MS = 30_000;

/** Where an agent that waits for its turn keeps what it must: the old one has the state folder. */
export function waitingFolder(stateDir: string, pid: number): string {
  return join(stateDir, `waiting-${pid}`);
}

/**
 * The last step of an upgrade, which only the agent itself can do: starts the new version in a session of its own, out of
 * the reach of the limits on modules, and watches it until it takes over. Should it end before, everything of it is removed.
 */
export function createSuccessorStart({
  config,
  mode,
  log,
}: {
  config: AgentConfig;
  mode: 'daemon' | 'checkin';
  log: Logger;
}): LastStep {
  return async (outcome) => {
    const { folder, of } = installation();
    const { elements, success } = outcome.result;
    const installed = elements as Partial<Installed> | null;
    if (!success || installed?.version === undefined || installed.oldpid === undefined) {
      removeLeftovers(folder);
      await forgetPending(config.stateDir);
      return outcome;
    }
    if (mode === 'checkin') {
      await forgetPending(config.stateDir);
      return failure(
        'startNewAgent() -> an agent in check-in mode has nobody take over: install the version',
      );
    }
    const executable = of(installed.version);
    const running = (await listAgentProcesses()).find((one) => one.executable === executable);
    if (running) return withElements(outcome, { ...installed, newpid: running.pid });
    const child = start(executable, config.file);
    const problem = await whenWaiting(child, config.stateDir);
    if (problem !== undefined) {
      end(child);
      await forget(child, config);
      return failure(`startNewAgent() -> ${problem}`);
    }
    log.info({ pid: child.pid, version: installed.version }, 'new agent started');
    watch(child, { config, log });
    return withElements(outcome, { ...installed, newpid: child.pid });
  };
}

function start(executable: string, configFile: string): ChildProcess {
  return spawn(executable, ['-c', configFile, '-f', '-u'], {
    detached: true,
    // What it logs goes where ours goes, until its own configuration says otherwise.
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    env: childEnvironment({ [DAEMON_VARIABLE]: '0' }),
    windowsHide: true,
  });
}

/** What went wrong; undefined when the new agent waits for its turn. */
async function whenWaiting(child: ChildProcess, stateDir: string): Promise<string | undefined> {
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended ??= `the new agent ended at once, with ${signal === null ? `exit status ${code}` : `signal ${signal}`}`;
  });
  const ready =
    child.pid === undefined ? undefined : join(waitingFolder(stateDir, child.pid), 'mig-agent.ok');
  const isDecided = () => ended !== undefined || (ready !== undefined && existsSync(ready));
  if (await pollUntil(isDecided, { timeoutMs: START_MS, everyMs: 50 })) return ended;
  return `the new agent did not begin within ${START_MS / 1000} s`;
}

/** As long as we are here it has not taken over: whatever ends it before leaves nothing behind. */
function watch(child: ChildProcess, { config, log }: { config: AgentConfig; log: Logger }): void {
  const timer = setTimeout(() => end(child), config.upgradeWaitMs + GRACE_MS);
  timer.unref();
  child.unref();
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    log.warn({ pid: child.pid, code, signal }, 'new agent ended before it took over');
    void forget(child, config).catch((error: unknown) =>
      log.error({ error: errorMessage(error) }, 'new agent not removed'),
    );
  });
}

function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') signalProcess(pid, 'SIGKILL');
  else signalProcessGroup(pid, 'SIGKILL');
}

async function forget({ pid }: ChildProcess, { stateDir }: AgentConfig): Promise<void> {
  if (pid !== undefined) rmSync(waitingFolder(stateDir, pid), { recursive: true, force: true });
  await forgetPending(stateDir);
}

/**
 * Removes an executable that was brought in and never took over: what the last upgrade named, unless somebody uses it.
 * For the agent that holds the state folder.
 */
export async function forgetPending(stateDir: string): Promise<void> {
  const file = join(stateDir, PENDING_FILE);
  if (!existsSync(file)) return;
  const executable = readFileSync(file, 'utf8');
  const { folder, own } = installation();
  if ((await listAgentProcesses()).some((one) => one.executable === executable && one.pid !== process.pid))
    return;
  // What took over is no stranger; and nothing is removed that an upgrade cannot have brought.
  if (executable !== own && executable.startsWith(join(folder, 'mig-agent-')))
    rmSync(executable, { force: true });
  rmSync(file, { force: true });
}

function withElements(outcome: Outcome, elements: object): Outcome {
  return { ...outcome, result: { ...outcome.result, elements } };
}

function failure(error: string): Outcome {
  return { status: 'success', result: { ...EMPTY_RESULT, errors: [error] } };
}
