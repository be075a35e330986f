import { errorMessage } from '../../contract/errors.ts';
import { createLogger } from '../../platform/log.ts';
import { openLogFile } from '../lifecycle/log-file.ts';
import type { LoaderConfig } from './loader-config.ts';

/** What the loader says, on the terminal and in the log file of the configuration. */
export interface LoaderOutput {
  report(line: string): void;
  warn(line: string): void;
  logFailure(error: unknown): void;
}

export function createLoaderOutput(
  { isQuiet }: { isQuiet: boolean },
  { logFile, logLevel }: Pick<LoaderConfig, 'logFile' | 'logLevel'>,
): LoaderOutput {
  const log = createLogger('loader', ...logTarget({ logFile, logLevel }));
  return {
    report(line) {
      if (!isQuiet) process.stdout.write(`${line}\n`);
      log.info({ did: line }, 'loader');
    },
    warn(line) {
      process.stderr.write(`mig-agent loader: ${line}\n`);
      log.warn({ problem: line }, 'loader');
    },
    logFailure: (error) => log.error({ error: errorMessage(error) }, 'loader failed'),
  };
}

/** Without a file the terminal is the log: cron and service managers keep what it prints. */
function logTarget({
  logFile,
  logLevel,
}: Pick<LoaderConfig, 'logFile' | 'logLevel'>): [level: string, file?: { write(line: string): void }] {
  return logFile === undefined ? ['silent'] : [logLevel, openLogFile(logFile)];
}
