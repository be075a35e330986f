import { resolve } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { parseGoFlags, refuseContradicted, refuseRest } from '../../contract/go/flags.ts';
import { LOADER_CONFIG_FILE, LOADER_HELP } from './loader-help.ts';

/** What a run of the loader does. */
type LoaderTask = 'update' | 'check' | 'ensure agent runs' | 'unschedule';

/** The command line of the loader (spec/agent.md#loader); `-check`, `-q`, `-remove` and `-retry` are ours. */
export interface LoaderOptions {
  task: LoaderTask;
  configFile: string;
  /** Prints problems only. */
  isQuiet: boolean;
  /** Installs a manifest again with which the agent did not start. */
  isRetry: boolean;
  /** First arranges that the loader runs regularly. */
  isInitial: boolean;
  /** A text to print instead of doing anything. */
  help: string | undefined;
}

export function parseLoaderOptions(args: readonly string[]): LoaderOptions {
  const { values, rest, contradicted } = parseGoFlags(args, {
    c: 'boolean',
    check: 'boolean',
    f: 'string',
    i: 'boolean',
    q: 'boolean',
    remove: 'boolean',
    retry: 'boolean',
    s: 'boolean',
    h: 'boolean',
    help: 'boolean',
  });
  refuseRest(rest);
  refuseContradicted(contradicted);
  if (values.s === true) {
    throw new MigError(
      'usage',
      '-s is not needed: -i makes a task of Windows that starts the loader regularly',
    );
  }
  if (values.c === true && values.check === true) {
    throw new MigError(
      'usage',
      '-c and -check exclude each other: -c starts an agent, -check changes nothing',
    );
  }
  if (values.check === true && values.i === true) {
    throw new MigError('usage', '-i and -check exclude each other: -check changes nothing');
  }
  if (values.remove === true && ['c', 'check', 'i', 'retry'].some((name) => values[name] === true)) {
    throw new MigError('usage', '-remove stands alone: it ends the runs that -i has arranged');
  }
  return {
    task: taskOf(values),
    configFile: values.f === undefined ? LOADER_CONFIG_FILE : resolve(String(values.f)),
    isQuiet: values.q === true,
    isRetry: values.retry === true,
    isInitial: values.i === true,
    help: values.h === true || values.help === true ? LOADER_HELP : undefined,
  };
}

function taskOf({ c, check, remove }: Record<string, unknown>): LoaderTask {
  if (remove === true) return 'unschedule';
  if (check === true) return 'check';
  return c === true ? 'ensure agent runs' : 'update';
}
