import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { errorMessage } from '../../contract/errors.ts';
import { MAX_LINE_BYTES, type ModuleMessage, parseModuleMessage } from '../../modules/persistent-messages.ts';
import { createLineSplitter } from '../../platform/async/split-lines.ts';
import { moduleEnvironment } from '../../platform/machine/child-environment.ts';
import { describeBreach } from '../run/limits/breach.ts';
import type { Limits } from '../run/limits/limits.ts';
import { limitFlow } from './limit-flow.ts';

/** The process of a running persistent module, as the agent sees it. */
export interface ModuleProcess {
  pid: number;
  /** False when the process reads too slowly: `onDrain` tells when it has caught up. */
  send(line: string): boolean;
  /** Kills it and its descendants; the first reason counts. */
  kill(why: string): void;
  /** Closes its input, so that it ends by itself, and kills it a second later. */
  end(why: string): void;
  /** Resolves to the reason of its end, when it and its descendants are gone. */
  ended: Promise<string>;
}

interface StartOptions {
  module: string;
  configFile: string;
  limits: Pick<Limits, 'confine'>;
  onMessage(message: ModuleMessage): void;
  onDrain(): void;
}

const MAX_STDERR = 2000;
const ENDING_MS = 1_000;

/** Starts `mig-agent -P <module>` within limits. Throws when it cannot start. */
export async function startModuleProcess(options: StartOptions): Promise<ModuleProcess> {
  const { module, configFile, limits } = options;
  const mark = `MIG_RUN=${randomUUID()}`;
  const child = spawn(process.execPath, ['-c', configFile, '-P', module], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: moduleEnvironment(mark),
    cwd: process.platform === 'win32' ? 'C:\\' : '/',
    windowsHide: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error');
    throw error;
  }
  let killedFor: string | undefined;
  const kill = (why: string) => {
    killedFor ??= why;
    void confined.kill();
  };
  const confined = limits.confine({
    pid,
    mark,
    onBreach: (breach) => kill(describeBreach(breach)),
  });
  const stderr = collectEnd(child);
  readMessages(child, { options, kill });
  child.stdin?.on('error', () => {}); // It ended: `ended` has the reason.
  child.stdin?.on('drain', options.onDrain);
  let ending: NodeJS.Timeout | undefined;
  const ended = async () => {
    const [code, signal] = await once(child, 'exit');
    clearTimeout(ending);
    // The kernel kills at a breach before the watcher reports it. The group, which counts breaches, goes with the release.
    const breach = confined.breach();
    await confined.release(); // Descendants that keep its output open are killed, too.
    if (killedFor !== undefined) return killedFor;
    return breach === undefined ? describeExit({ code, signal, stderr: stderr() }) : describeBreach(breach);
  };
  return {
    pid,
    kill,
    end(why) {
      child.stdin?.end();
      ending = setTimeout(() => kill(why), ENDING_MS);
    },
    ended: ended(),
    send: (line) => child.stdin?.writable === true && child.stdin.write(line),
  };
}

/** A broken or hostile module is killed at the first line that is no message. */
function readMessages(
  child: ChildProcess,
  { options, kill }: { options: StartOptions; kill: (why: string) => void },
): void {
  const { stdout } = child;
  if (!stdout) return;
  const flow = limitFlow(stdout);
  let isRefused = false;
  const refuse = (why: string) => {
    isRefused = true;
    kill(why);
  };
  const lines = createLineSplitter({
    maxBytes: MAX_LINE_BYTES,
    onLine(line) {
      if (isRefused) return;
      flow.count();
      try {
        options.onMessage(parseModuleMessage(line));
      } catch (error) {
        refuse(errorMessage(error).slice(0, MAX_STDERR));
      }
    },
    onTooLong: () => refuse(`it sent a line of more than ${MAX_LINE_BYTES} bytes`),
  });
  stdout.on('data', (chunk: Buffer) => lines.push(chunk));
  stdout.on('error', () => {});
}

/** Keeps the end of stderr. */
function collectEnd({ stderr }: ChildProcess): () => string {
  let end = '';
  stderr?.on('data', (chunk: Buffer) => {
    end = `${end}${chunk}`.slice(-MAX_STDERR);
  });
  stderr?.on('error', () => {});
  return () => end.trim();
}

function describeExit({
  code,
  signal,
  stderr,
}: {
  code: number;
  signal: string | null;
  stderr: string;
}): string {
  const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
  return stderr === '' ? how : `${how}: ${stderr.split('\n').slice(-3).join('\n')}`;
}
