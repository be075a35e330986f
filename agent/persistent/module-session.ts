import { rmSync } from 'node:fs';
import type { PersistentSetup } from '../../modules/module.ts';
import { configLine, type ModuleMessage, PING_LINE, textLine } from '../../modules/persistent-messages.ts';
import type { Limits } from '../run/limits/limits.ts';
import { createAlertFeed } from './alert-feed.ts';
import { startModuleProcess } from './module-process.ts';

/** One run of a persistent module, from its start to its end. */
export interface ModuleSession {
  pid: number;
  socket(): string | undefined;
  feedAlert(message: string): boolean;
  /** Lets it end by itself, and kills it when it does not. */
  end(why: string): void;
  /** Resolves to the reason of the end. */
  ended: Promise<string>;
}

export interface SessionOptions {
  name: string;
  configFile: string;
  /** The only socket that the module may register. */
  socketPath: string;
  limits: Pick<Limits, 'confine'>;
  /** Read at each start. */
  setup(): PersistentSetup;
  onLog(text: string): void;
  onAlert(text: string): void;
}

const PING_MS = 10_000;
const NO_ANSWER_MS = 30_000;
/** Timers are late by chance: the third ping after an unanswered one is the time to kill. */
const TOLERANCE_MS = 1_000;

/** Starts the process, sends the configuration, and pings it until it ends. Throws when it cannot start. */
export async function openSession(options: SessionOptions): Promise<ModuleSession> {
  let socket: string | undefined;
  let unansweredSinceMs: number | undefined;
  const handle = (message: ModuleMessage) => {
    switch (message.class) {
      case 'ping':
        unansweredSinceMs = undefined;
        break;
      case 'log':
        options.onLog(message.parameters.message);
        break;
      case 'alert':
        options.onAlert(message.parameters.message);
        break;
      case 'register':
        socket = checkSocket(message.parameters.sockpath, options.socketPath);
    }
  };
  const process = await startModuleProcess({
    module: options.name,
    configFile: options.configFile,
    limits: options.limits,
    onMessage: handle,
    onDrain: () => feed.pump(),
  });
  const feed = createAlertFeed((message) => process.send(textLine('alert', message)));
  process.send(configLine(options.setup()));
  const pinging = setInterval(() => {
    const nowMs = performance.now();
    unansweredSinceMs ??= nowMs;
    if (nowMs - unansweredSinceMs < NO_ANSWER_MS - TOLERANCE_MS) process.send(PING_LINE);
    else process.kill(`it did not answer for ${NO_ANSWER_MS / 1000} s`);
  }, PING_MS);
  const ended = process.ended.finally(() => {
    clearInterval(pinging);
    for (const message of feed.rest()) options.onAlert(message);
    rmSync(options.socketPath, { force: true }); // A process that was killed leaves it.
  });
  return { pid: process.pid, end: process.end, ended, socket: () => socket, feedAlert: feed.add };
}

/** Throws unless it is the module's own: the agent would let a query connect to any other. */
function checkSocket(registered: string, path: string): string {
  const own = `unix:${path}`;
  if (registered !== own) throw new Error(`it registered a socket that is not ${own}`);
  return own;
}
