import { once } from 'node:events';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
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
import { requireRelay, startAgent } from './start-agent.ts';
import { handOverToService } from './upgrade/hand-over-to-service.ts';
import { switchService } from './upgrade/switch-service.ts';
import { takeOver } from './upgrade/take-over.ts';
import { tidyUp } from './upgrade/tidy-up.ts';

const DEFAULT_LOG = { path: '/var/log/mig-agent.log', maxBytes: 10 * 1024 * 1024 };

/** The grace period of commands in progress. Those that need longer are interrupted, and never run again. */
const END_MS = 5_000;
/** The time for the last heartbeat. With END_MS and the time for killed modules it stays below LONGEST_ENDING_MS. */
const LAST_HEARTBEAT_MS = 2_000;
/** Errors that a restart cannot fix. */
const LASTING_ERRORS: readonly string[] = ['config_invalid', 'already_running', 'folder_writable'];

/** The daemon's part of the command line. */
export interface DaemonOptions {
  configFile: string;
  /** `agent` for the daemon, `agent-checkin` for one check-in. */
  mode: string;
  isDebug: boolean;
  isForeground: boolean;
  /** Run in the background without installing a service, whatever the configuration says. */
  isBackground: boolean;
  /** Started by an older agent, to take over from it. */
  isSuccessor: boolean;
  /** Start no persistent modules, whatever the configuration says. */
  isWithoutPersistent: boolean;
}

/**
 * Starts the agent as this machine requires it: as a service that it installs itself, in the background, in the
 * foreground, or for one check-in.
 */
export async function runDaemon(options: DaemonOptions, config: AgentConfig): Promise<void> {
  protectAgent(config);
  const isCheckin = options.mode === 'agent-checkin' || config.isCheckin;
  if (!isCheckin && !options.isForeground && !isSupervised()) {
    startElsewhere(options, config);
    return;
  }
  const log = openLog(options, config);
  warnOfReadableSecrets(config.secretFiles, log);
  for (const problem of config.warnings) log.warn({ problem }, 'configuration');
  const startMs = performance.now();
  const failure = failOnUncaught();
  try {
    const stop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT'), failure]);
    if (isCheckin) await checkIn(config, { log, stop });
    else await serve(config, { ...options, log, stop });
  } catch (error) {
    log.fatal({ error: errorMessage(error) }, 'agent ended');
    if (isDaemonized() && config.isImmortal && !isLasting(error)) {
      await startAgain(options, { aliveMs: performance.now() - startMs });
    }
    throw error;
  }
  process.exit(0);
}

/**
 * Starts the agent as a service or in the background; this process then exits. An agent that could not connect anywhere
 * is refused here, where a person reads it.
 */
function startElsewhere(options: DaemonOptions, config: AgentConfig): void {
  const { configFile, isBackground } = options;
  requireRelay(config);
  if (!config.installService || isBackground) {
    startInBackground(options);
    return;
  }
  const { runDir, stateDir } = config;
  const service = { executable: installation().entry, configFile, runDir, stateDir };
  installService(describeService(detectInit(), service), { start: true });
}

function openLog({ isDebug, isSuccessor }: DaemonOptions, config: AgentConfig): Logger {
  // A successor inherits the output of the agent that started it, and writes to the same log.
  const file = config.logFile ?? (isDaemonized() && !isSuccessor ? DEFAULT_LOG : undefined);
  return createLogger('agent', isDebug ? 'debug' : config.logLevel, file && openLogFile(file));
}

/** Rejects with the first uncaught error: the agent must neither continue in an unknown state nor end without a log line. */
function failOnUncaught(): Promise<never> {
  const failure = createDeferred<never>();
  process.on('uncaughtException', failure.reject);
  process.on('unhandledRejection', failure.reject);
  return failure.promise;
}

function isLasting(error: unknown): boolean {
  return error instanceof MigError && LASTING_ERRORS.includes(error.code);
}

/** Answers commands until stopped; then waits for those in progress, and sends a last heartbeat. */
async function serve(
  config: AgentConfig,
  {
    log,
    stop,
    isSuccessor,
    isWithoutPersistent,
  }: Pick<DaemonOptions, 'isSuccessor' | 'isWithoutPersistent'> & { log: Logger; stop: Promise<unknown> },
): Promise<void> {
  const { runDir, stateDir } = config;
  if (isSuccessor) await takeOver(config, { log, stop });
  else await handOverToService(runDir, log);
  const role = isSuccessor ? 'successor' : 'agent';
  await using agent = await startAgent({ config, mode: 'daemon', role, isWithoutPersistent, log });
  await tidyUp(stateDir);
  const shutdown = createDeferred();
  const handlers = { status: agent.status, shutdown: () => shutdown.resolve() };
  await using _control = await serveControl(runDir, { handlers, log });
  if (isSuccessor) switchService(config, log);
  await Promise.race([stop, shutdown.promise]);
  log.info('agent stopping');
  // A second signal ends the grace period. Operations that have ended are answered nevertheless.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, agent.cutOff);
  await agent.endWork(END_MS);
  await agent.sendLastHeartbeat(LAST_HEARTBEAT_MS);
}
