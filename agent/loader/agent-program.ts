import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { printable } from '../../contract/text/printable.ts';
import { pollUntil } from '../../platform/async/poll-until.ts';
import { childEnvironment } from '../../platform/machine/child-environment.ts';

/** The installed agent, as a program that the loader runs. */
export interface AgentProgram {
  /** The pid of the running agent; undefined when none answers. */
  findPid(): Promise<number | undefined>;
  /** Makes it a service and starts it anew; throws unless it then runs, and keeps running. */
  restart(): Promise<void>;
  /** Asks it to end. Whatever supervises it starts the new one. */
  shutDown(): Promise<void>;
}

const QUERY_TIMEOUT_MS = 10_000;
/** MIG's agent on Linux never answers this (spec/agent.md#command-line). */
const SHUTDOWN_TIMEOUT_MS = 20_000;
const INSTALL_TIMEOUT_MS = 180_000;
const POLL_MS = 250;
/** An agent that ends again and again is found out: it must have the same pid after this share of the time to start. */
const STEADY_SHARE = 0.1;
const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_MESSAGE_LENGTH = 300;

export function agentProgram({
  path,
  configFile,
  startWaitMs,
}: {
  path: string;
  /** The configuration of the agent. */
  configFile: string;
  startWaitMs: number;
}): AgentProgram {
  const run = (args: readonly string[], timeoutMs: number) =>
    runProgram(path, ['-c', configFile, ...args], timeoutMs);
  const findPid = async (): Promise<number | undefined> => {
    const text = await run(['-q', 'pid'], QUERY_TIMEOUT_MS).catch(() => '');
    return /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;
  };
  const shutDown = async () => {
    await run(['-q', 'shutdown'], SHUTDOWN_TIMEOUT_MS).catch(() => {});
  };
  return {
    findPid,
    shutDown,
    async restart() {
      await shutDown();
      await run(['install'], INSTALL_TIMEOUT_MS);
      await requireSteady(findPid, startWaitMs);
    },
  };
}

async function requireSteady(findPid: () => Promise<number | undefined>, timeoutMs: number): Promise<void> {
  const pid = await pollUntil(findPid, { timeoutMs, everyMs: POLL_MS });
  if (typeof pid !== 'number') {
    throw new MigError('unavailable', `the agent does not answer within ${timeoutMs / 1000} s`);
  }
  await sleep(timeoutMs * STEADY_SHARE);
  if ((await findPid()) !== pid) throw new MigError('unavailable', 'the agent started, and ended again');
}

/** Shows that an executable starts on this machine: it prints its version. Returns that. */
export async function versionOfStaged(path: string): Promise<string> {
  const version = (await runProgram(path, ['-V'], QUERY_TIMEOUT_MS)).trim();
  if (/^[\x21-\x7e]{1,100}$/.test(version)) return version;
  throw new MigError('unavailable', `${path} -V prints no version`);
}

/** Shows that a loader can do its work on this machine, before it replaces the one that runs. */
export async function tryLoader(path: string, configFile: string): Promise<void> {
  await runProgram(path, ['loader', '-check', '-f', configFile], INSTALL_TIMEOUT_MS, CHECK_STATUSES);
}

/** Nothing to do, and files that would be replaced. */
const CHECK_STATUSES: readonly number[] = [0, 10];

async function runProgram(
  path: string,
  args: readonly string[],
  timeoutMs: number,
  statuses: readonly number[] = [0],
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(path, args, {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
      cwd: process.platform === 'win32' ? 'C:\\' : '/',
      env: childEnvironment(),
    });
    return stdout;
  } catch (cause) {
    const { code, stdout = '', stderr = '' } = cause as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code === 'number' && statuses.includes(code)) return stdout;
    const why = printable((stderr.trim() || errorMessage(cause)).slice(0, MAX_MESSAGE_LENGTH));
    throw new MigError('unavailable', `${[path, ...args].join(' ')}: ${why}`, { cause });
  }
}
