import { once } from 'node:events';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { createLogger, type Logger } from '../../platform/log.ts';
import { detectInit } from '../../platform/machine/init-system.ts';
import { installation } from '../../platform/machine/installation.ts';
import type { AgentConfig } from '../config/config.ts';
import { describeService } from '../service/describe-service.ts';
import { installService } from '../service/manage.ts';
import { checkIn } from './check-in.ts';
import { serveControl } from './control.ts';
import { isDaemonized, isSupervised, startAgain, startInBackground } from './daemonize.ts';
import { openLogFile } from './log-file.ts';
import { protectAgent, warnOfReadableSecrets } from './protect.ts';
import { startAgent } from './start-agent.ts';
import { relieveSuccessor, switchService, takeOver, tidyUp } from './upgrade/successor.ts';

const DEFAULT_LOG = { path: '/var/log/mig-agent.log', maxBytes: 10 * 1024 * 1024 };

/** A command that is cut off counts as interrupted for ever: one that is nearly done may end. */
const END_MS = 5_000;
/** With END_MS, and what cut-off modules take, less than LONGEST_ENDING_MS. */
const GOODBYE_MS = 2_000;

/** What the command line says of the daemon. */
export interface DaemonOptions {
  configFile: string;
  /** `agent` for the daemon, `agent-checkin` for one check-in. */
  mode: string;
  isDebug: boolean;
  isForeground: boolean;
  /** Go to the background without installing a service, whatever the configuration says. */
  isBackground: boolean;
  /** Started by an agent that it is to take over from. */
  isSuccessor: boolean;
}

/**
 * Starts the agent the way this machine wants it: as a service that it installs itself, in the background, in the
 * foreground, or for one check-in.
 */
export async function runDaemon(options: DaemonOptions, config: AgentConfig): Promise<void> {
  const { configFile } = options;
  protectAgent(config);
  const isCheckin = options.mode === 'agent-checkin' || config.isCheckin;
  if (!isCheckin && !options.isForeground && !isSupervised()) {
    if (config.installService && !options.isBackground) {
      const { runDir, stateDir } = config;
      const service = { executable: installation().entry, configFile, runDir, stateDir };
      installService(describeService(detectInit(), service), { start: true });
    } else startInBackground(configFile);
    return;
  }
  const log = openLog(options, config);
  warnOfReadableSecrets(config, log);
  for (const problem of config.warnings) log.warn({ problem }, 'configuration');
  const began = performance.now();
  const failure = failed();
  try {
    const stop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), failure]);
    if (isCheckin) await checkIn(config, { log, stop });
    else await serve(config, { log, stop, isSuccessor: options.isSuccessor });
  } catch (error) {
    log.fatal({ error: errorMessage(error) }, 'agent ended');
    const isOurs =
      error instanceof MigError &&
      ['config_invalid', 'already_running', 'folder_writable'].includes(error.code);
    if (isDaemonized() && config.isImmortal && !isOurs) {
      await startAgain(configFile, { aliveMs: performance.now() - began });
    }
    throw error;
  }
  process.exit(0);
}

async function serve(
  config: AgentConfig,
  { log, stop, isSuccessor }: { log: Logger; stop: Promise<unknown>; isSuccessor: boolean },
): Promise<void> {
  if (isSuccessor) await takeOver(config, { log, stop });
  else await relieveSuccessor(config, log);
  await using agent = await startAgent({
    config,
    mode: 'daemon',
    log,
    role: isSuccessor ? 'successor' : 'agent',
  });
  await tidyUp(config.stateDir);
  let shutdown: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    shutdown = resolve;
  });
  const handlers = { status: agent.status, shutdown };
  await using _control = await serveControl(config.runDir, { handlers, log });
  if (isSuccessor) switchService(config, log);
  await Promise.race([stop, asked]);
  log.info('agent stopping');
  // Whoever tells it again is in a hurry: what has ended is answered all the same.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, agent.cutOff);
  await agent.endWork(END_MS);
  await agent.sayGoodbye(GOODBYE_MS);
}

/** Rejects with whatever nobody caught: the agent must not go on half dead, and must not end without a word. */
function failed(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', reject);
    process.on('unhandledRejection', reject);
  });
}

function openLog({ isDebug, isSuccessor }: DaemonOptions, config: AgentConfig): Logger {
  // A successor goes on writing where the agent that started it writes.
  const file = config.logFile ?? (isDaemonized() && !isSuccessor ? DEFAULT_LOG : undefined);
  return createLogger('agent', isDebug ? 'debug' : config.logLevel, file && openLogFile(file));
}
