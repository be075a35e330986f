import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, MigError } from '../../contract/errors.ts';
import type { PersistentHost, PersistentRun, PersistentWork } from '../../modules/module.ts';
import {
  MAX_LINE_BYTES,
  PING_LINE,
  parseAgentMessage,
  registerLine,
  textLine,
} from '../../modules/persistent-messages.ts';
import { loadPersistent, moduleNames } from '../../modules/registry.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { createLineSplitter } from '../../platform/async/split-lines.ts';
import { serveQueries } from './query-server.ts';
import { persistentSocket } from './socket-path.ts';

/** An error that leaves the process waiting is not waited for any longer. */
const MAX_ENDING_MS = 5_000;
/** A text may take all of a line but its frame, escaped. */
const MAX_TEXT = MAX_LINE_BYTES / 8;
/** What waits for an agent that does not read. Further messages are dropped and counted. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** Alerts that arrive while the module starts. Those before its configuration are lost, as in MIG. */
const MAX_EARLY_ALERTS = 128;
const PARENT_POLL_MS = 500;

/**
 * `mig-agent -P <module>`: runs the persistent half of a module, with messages on stdin and stdout, until stdin closes.
 * Returns the exit status.
 */
export async function runPersistentChild(
  name: string,
  { loadRunDir }: { loadRunDir: () => Promise<string> },
): Promise<number> {
  const send = createSender();
  const host = createHost(send);
  endWithParent();
  try {
    const module = await load(name);
    await using _socket = await openSocket(name, { module, send, runDir: await loadRunDir() });
    await serveAgent(module, { host, send });
    return 0;
  } catch (error) {
    send(textLine('log', errorMessage(error).slice(0, MAX_TEXT)));
    await drained();
    return 1;
  }
}

async function load(name: string): Promise<PersistentRun> {
  if (!moduleNames().includes(name)) throw new MigError('usage', `module "${name}" is not available`);
  const persistent = await loadPersistent(name);
  if (!persistent) throw new MigError('usage', `module "${name}" does not support persistence`);
  return persistent.load();
}

async function openSocket(
  name: string,
  { module, send, runDir }: { module: PersistentRun; send: Send; runDir: string },
): Promise<AsyncDisposable> {
  const path = persistentSocket(runDir, name);
  const server = await serveQueries(path, (parameters) => module.answer(parameters));
  send(registerLine(`unix:${path}`));
  return server;
}

/** Handles the agent's messages. Resolves when stdin closes, rejects on what ends the module. */
async function serveAgent(
  module: PersistentRun,
  { host, send }: { host: ReturnType<typeof createHost>; send: Send },
): Promise<void> {
  const ended = createDeferred();
  let work: PersistentWork | undefined;
  let isConfigured = false;
  const early: string[] = [];
  const handle = (line: string) => {
    const message = parseAgentMessage(line);
    switch (message?.class) {
      case 'ping':
        return send(PING_LINE);
      case 'alert':
        if (work) work.receiveAlert?.(message.parameters.message);
        else if (isConfigured && early.length < MAX_EARLY_ALERTS) early.push(message.parameters.message);
        return;
      case 'config':
        if (isConfigured) return;
        isConfigured = true;
        module.start(message.parameters, host).then((started) => {
          work = started;
          for (const alert of early) started.receiveAlert?.(alert);
        }, ended.reject);
    }
  };
  const lines = createLineSplitter({
    maxBytes: MAX_LINE_BYTES,
    onLine: (line) => {
      try {
        handle(line);
      } catch (error) {
        ended.reject(error);
      }
    },
    onTooLong: () =>
      ended.reject(new MigError('parameters_invalid', 'the agent sent a line that is too long')),
  });
  process.stdin.on('data', (chunk: Buffer) => lines.push(chunk));
  process.stdin.on('end', () => ended.resolve());
  process.stdin.on('error', () => ended.resolve());
  try {
    await Promise.race([ended.promise, host.failed]);
  } finally {
    work?.end?.();
  }
}

type Send = (line: string) => void;

function createSender(): Send {
  let dropped = 0;
  // The agent ended: stdin shows it, too.
  process.stdout.on('error', () => {});
  return (line) => {
    if (process.stdout.writableLength > MAX_WAITING_BYTES) {
      dropped++;
      return;
    }
    if (dropped > 0)
      process.stdout.write(textLine('log', `${dropped} messages were dropped: the agent was busy`));
    dropped = 0;
    process.stdout.write(line);
  };
}

function createHost(send: Send): PersistentHost & { failed: Promise<never> } {
  const failed = createDeferred<never>();
  failed.promise.catch(() => {}); // Raced later.
  return {
    log: (message) => send(textLine('log', message.slice(0, MAX_TEXT))),
    alert: (message) => send(textLine('alert', message.slice(0, MAX_TEXT))),
    fail: failed.reject,
    failed: failed.promise,
  };
}

/** Kills this process some time after the agent was killed, should it not have ended when stdin closed. */
function endWithParent(): void {
  const parent = process.ppid;
  let orphanedSinceMs: number | undefined;
  setInterval(() => {
    if (process.ppid === parent) return;
    orphanedSinceMs ??= performance.now();
    if (performance.now() - orphanedSinceMs > MAX_ENDING_MS) process.kill(process.pid, 'SIGKILL');
  }, PARENT_POLL_MS).unref();
}

/** Waits until the last message has left, but never for long. */
async function drained(): Promise<void> {
  const written = createDeferred();
  process.stdout.write('', () => written.resolve());
  await Promise.race([written.promise, sleep(MAX_ENDING_MS, undefined, { ref: false })]);
}
