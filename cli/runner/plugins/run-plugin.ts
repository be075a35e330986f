import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortAfter } from '../../../platform/async/abort-after.ts';
import { createTail } from './tail.ts';

/** What became of a plugin. */
export interface PluginOutcome {
  isDone: boolean;
  /** The exit status, the signal or the limit, in words. */
  end: string;
  /** The last lines that the plugin printed. */
  lastLines: string[];
}

interface PluginRun {
  file: string;
  /** The file that the plugin reads on stdin. */
  inputFile: string;
  timeoutMs: number;
  /** How long a plugin that was told to end may take. */
  graceMs?: number;
  /** Ends the plugin when the runner stops. */
  signal: AbortSignal;
}

const GRACE_MS = 5_000;
/** A program that a plugin left behind may keep its output open. */
const OUTPUT_GRACE_MS = 1_000;

/** Runs a plugin without arguments, in a process group of its own, with the environment of the runner as MIG does. */
export async function runPlugin(run: PluginRun): Promise<PluginOutcome> {
  const child = start(run);
  const tail = createTail();
  child.stdout?.on('data', tail.push);
  child.stderr?.on('data', tail.push);
  const closed = once(child, 'close').catch(() => {});
  const stop = abortAfter(run.timeoutMs, [run.signal]);
  try {
    const [status, signalName] = await once(child, 'exit', { signal: stop.signal });
    await Promise.race([closed, sleep(OUTPUT_GRACE_MS, undefined, { ref: false })]);
    const end = status === null ? `ended by ${signalName}` : `exit status ${status}`;
    return { isDone: status === 0, end, lastLines: tail.lines() };
  } catch (error) {
    if (!stop.signal.aborted) return { isDone: false, end: `cannot start: ${String(error)}`, lastLines: [] };
    await endGroup(child, run.graceMs ?? GRACE_MS);
    const end = run.signal.aborted ? 'stopped with the runner' : `stopped after ${run.timeoutMs / 1000} s`;
    return { isDone: false, end, lastLines: tail.lines() };
  } finally {
    stop.dispose();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** The plugin reads the file itself: through a pipe it would take half of it for the whole when the runner is killed. */
function start({ file, inputFile }: PluginRun): ChildProcess {
  const input = openSync(inputFile, 'r');
  try {
    return spawn(file, [], { stdio: [input, 'pipe', 'pipe'], detached: true });
  } finally {
    closeSync(input);
  }
}

/** Ends the plugin and the programs that it started. */
async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const exited = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
  signalGroup(child, 'SIGTERM');
  await Promise.race([exited, sleep(graceMs)]);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The whole group has ended.
  }
}
