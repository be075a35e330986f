import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../../contract/errors.ts';
import { EMPTY_RESULT } from '../../../contract/module-result.ts';
import { removeLeftovers } from '../../../modules/upgrade/leftovers.ts';
import type { Installed } from '../../../modules/upgrade/run.ts';
import { pollUntil } from '../../../platform/async/poll-until.ts';
import type { Logger } from '../../../platform/log.ts';
import { listAgentProcesses } from '../../../platform/machine/agent-processes.ts';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { signalProcess, signalProcessGroup } from '../../../platform/machine/process-signals.ts';
import { HEARTBEAT_FILE } from '../../relay/heartbeat-file.ts';
import type { FollowUpStep } from '../../run/module-runner.ts';
import type { Outcome } from '../../run/outcome.ts';
import { DAEMON_VARIABLE } from '../daemonize.ts';
import { removePendingExecutable, waitingFolder } from './pending.ts';

/** The time for a new agent to start and to write its first heartbeat file. */
const START_TIMEOUT_MS = 20_000;
const START_POLL_MS = 50;
/** A new agent gives up by itself. If it does not, the old agent kills it this much later. */
const GRACE_MS = 30_000;

interface SuccessorOptions {
  /** The configuration file, which the new agent reads too. */
  file: string;
  stateDir: string;
  /** How long the new agent waits to take over. */
  upgradeWaitMs: number;
  mode: 'daemon' | 'checkin';
  log: Logger;
}

/**
 * The follow-up step of an upgrade, which only the agent itself can do: starts the new version in a session of its own,
 * outside the limits on modules, and watches it until it takes over. If the new agent ends before, its files are removed.
 */
export function createSuccessorStart(options: SuccessorOptions): FollowUpStep {
  const { stateDir, mode } = options;
  return async (outcome) => {
    const installed = readInstalled(outcome);
    if (!installed) {
      removeLeftovers(installation().folder);
      await removePendingExecutable(stateDir);
      return outcome;
    }
    if (mode === 'checkin') {
      await removePendingExecutable(stateDir);
      return failure('an agent in check-in mode cannot hand over; install the new version');
    }
    const started = await startSuccessor(installed.version, options);
    if ('problem' in started) return failure(started.problem);
    const elements = { ...installed, newpid: started.pid };
    return { ...outcome, result: { ...outcome.result, elements } };
  };
}

/** Undefined when the module installed nothing. */
function readInstalled({ result }: Outcome): (Partial<Installed> & { version: string }) | undefined {
  const installed = result.elements as Partial<Installed> | null;
  if (!result.success || installed?.version === undefined || installed.oldpid === undefined) return undefined;
  return { ...installed, version: installed.version };
}

async function startSuccessor(
  version: string,
  options: SuccessorOptions,
): Promise<{ pid: number | undefined } | { problem: string }> {
  const executable = installation().of(version);
  const running = (await listAgentProcesses()).find((agent) => agent.executable === executable);
  if (running) return { pid: running.pid };
  const child = spawnSuccessor(executable, options.file);
  const problem = await findStartProblem(child, options.stateDir);
  if (problem !== undefined) {
    killSuccessor(child);
    await removeSuccessor(child, options.stateDir);
    return { problem };
  }
  options.log.info({ pid: child.pid, version }, 'new agent started');
  watchSuccessor(child, options);
  return { pid: child.pid };
}

function spawnSuccessor(executable: string, configFile: string): ChildProcess {
  return spawn(executable, ['-c', configFile, '-f', '-u'], {
    detached: true,
    // Until its own configuration says otherwise, the new agent logs where this one logs.
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    env: childEnvironment({ [DAEMON_VARIABLE]: '0' }),
    windowsHide: true,
  });
}

/** Returns the reason why the new agent did not start; undefined once it waits to take over. */
async function findStartProblem(child: ChildProcess, stateDir: string): Promise<string | undefined> {
  let problem: string | undefined;
  child.once('error', (error) => {
    problem = error.message;
  });
  child.once('exit', (code, signal) => {
    problem ??= `the new agent ended at once, with ${signal === null ? `exit status ${code}` : `signal ${signal}`}`;
  });
  const isDecided = () => problem !== undefined || isWaiting(child, stateDir);
  if (await pollUntil(isDecided, { timeoutMs: START_TIMEOUT_MS, everyMs: START_POLL_MS })) return problem;
  return `the new agent did not start within ${START_TIMEOUT_MS / 1000} s`;
}

function isWaiting({ pid }: ChildProcess, stateDir: string): boolean {
  return pid !== undefined && existsSync(join(waitingFolder(stateDir, pid), HEARTBEAT_FILE));
}

/** Removes the files of the new agent if it ends: while this agent runs, the new one has not taken over. */
function watchSuccessor(child: ChildProcess, { stateDir, upgradeWaitMs, log }: SuccessorOptions): void {
  const timer = setTimeout(() => killSuccessor(child), upgradeWaitMs + GRACE_MS);
  timer.unref();
  child.unref();
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    log.warn({ pid: child.pid, code, signal }, 'new agent ended before it took over');
    void removeSuccessor(child, stateDir).catch((error: unknown) =>
      log.error({ error: errorMessage(error) }, 'new agent not removed'),
    );
  });
}

function killSuccessor({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (process.platform === 'win32') signalProcess(pid, 'SIGKILL');
  else signalProcessGroup(pid, 'SIGKILL');
}

async function removeSuccessor({ pid }: ChildProcess, stateDir: string): Promise<void> {
  if (pid !== undefined) rmSync(waitingFolder(stateDir, pid), { recursive: true, force: true });
  await removePendingExecutable(stateDir);
}

function failure(problem: string): Outcome {
  return { status: 'success', result: { ...EMPTY_RESULT, errors: [`startNewAgent() -> ${problem}`] } };
}
