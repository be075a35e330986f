import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import { lockFile } from '../../platform/machine/lock-file.ts';
import { parseCommandLine } from '../command-line.ts';
import { loadConfig } from '../config.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadSigner } from '../keys/signer.ts';
import { openOutput } from '../open-output.ts';
import type { GlobalOptions } from '../options.ts';
import {
  DEFAULT_RUNNER_CONFIG,
  loadRunnerConfig,
  type RunnerConfig,
} from '../runner/config/runner-config.ts';
import { sleepUnlessAborted } from '../runner/events/backoff.ts';
import { createRunnerLog, type RunnerLog } from '../runner/events/runner-log.ts';
import { listJobFolders } from '../runner/jobs/job-folders.ts';
import { checkJobs } from '../runner/service/check-jobs.ts';
import { runOnce } from '../runner/service/run-once.ts';
import { runService } from '../runner/service/run-service.ts';
import type { RunnerDeps } from '../runner/service/runner-deps.ts';
import { openSessionOf } from '../session.ts';

const RUNNER_FLAGS: Record<string, FlagKind> = { check: 'boolean', once: 'string' };

/** `mig runner`: launches the jobs of a folder at their times, stores what they found, and runs their plugins. */
export async function runnerCommand(args: readonly string[]): Promise<number> {
  const { options, isCheck, once } = parseRunnerFlags(args);
  const file = options.configFile ?? DEFAULT_RUNNER_CONFIG;
  const config = loadRunnerConfig(file);
  const output = openOutput();
  const { json } = options;
  if (isCheck) {
    await loadSigner(clientConfigOf(config));
    return checkJobs(config, { output, json, nowMs: Date.now() }) ? EXIT.ok : EXIT.error;
  }
  // With a result to print, a JSON line on stdout is that result.
  const log = createRunnerLog(output, { json: json && once === undefined, now: Date.now });
  const lock = lockRunner(config);
  const stop = stopOnSignals();
  try {
    warnOfFile(log, { file, config });
    const deps = await openRunner(config, { options, log, signal: stop.signal });
    if (once !== undefined) return await runOnce(deps, { name: once, output, json });
    await runService(deps);
    return EXIT.ok;
  } finally {
    stop.dispose();
    lock.release();
  }
}

export function parseRunnerFlags(args: readonly string[]): {
  options: GlobalOptions;
  isCheck: boolean;
  once: string | undefined;
} {
  const { options, isOn, value } = parseCommandLine(args, {
    usage: USAGES.runner,
    flags: RUNNER_FLAGS,
    allowed: ['json'],
    words: [0, 0],
  });
  const isCheck = isOn('check');
  const once = value('once');
  if (isCheck && once !== undefined)
    throw new MigError('usage', '--check and --once cannot be used together');
  return { options, isCheck, once };
}

function clientConfigOf({ clientConfig, passphrase }: RunnerConfig) {
  const config = loadConfig(clientConfig);
  return { ...config, passphrase: passphrase ?? config.passphrase };
}

async function openRunner(
  config: RunnerConfig,
  { options, log, signal }: { options: GlobalOptions; log: RunnerLog; signal: AbortSignal },
): Promise<RunnerDeps> {
  // A runner retries by itself, and stops when it is told to.
  const session = await openSessionOf(clientConfigOf(config), options, { retryMs: 0, signal: () => signal });
  return { config, session, log, now: Date.now, sleep: sleepUnlessAborted, signal };
}

/** Two runners on one folder would fetch the same results, and deliver them twice. */
function lockRunner({ folder, runnersFolder }: RunnerConfig) {
  // Refuses a folder that is none before the lock is written into it.
  listJobFolders(runnersFolder);
  return lockFile(join(folder, 'runner.lock'), (pid) => {
    const holder = pid === undefined ? 'another runner' : `another runner (process ${pid})`;
    return new MigError('already_running', `${holder} works on ${folder}`);
  });
}

/** The first signal stops the runner in order, a second one at once. */
function stopOnSignals(): { signal: AbortSignal; dispose(): void } {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  return {
    signal: stop.signal,
    dispose() {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, onSignal);
    },
  };
}

function warnOfFile(log: RunnerLog, { file, config }: { file: string; config: RunnerConfig }): void {
  if (config.passphrase !== undefined && (statSync(file).mode & 0o077) !== 0)
    log({
      event: 'file-readable',
      level: 'warn',
      message: `${file} has a passphrase that others on this host may read: chmod 600 it`,
    });
  if (config.hasLogging)
    log({ event: 'logging-ignored', message: `${file}: [logging] is not used: the log goes to stderr` });
}
