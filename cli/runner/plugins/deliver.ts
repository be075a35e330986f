import { errorMessage } from '../../../contract/errors.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import type { RunnerLog } from '../events/runner-log.ts';
import { findPlugin } from './find-plugin.ts';
import { type PluginOutcome, runPlugin } from './run-plugin.ts';

interface Delivery {
  job: string;
  actionId: number;
  plugin: string;
  resultsFile: string;
  timeoutMs: number;
}

/** Runs a plugin on a file of results, and logs its failure with its last lines. Returns whether it succeeded. */
export async function deliver(
  { pluginsFolder, log, signal }: { pluginsFolder: string; log: RunnerLog; signal: AbortSignal },
  { job, actionId, plugin, resultsFile, timeoutMs }: Delivery,
): Promise<boolean> {
  const outcome = await run({ pluginsFolder, plugin, resultsFile, timeoutMs, signal });
  const facts = { actionId, plugin, end: outcome.end };
  if (outcome.isDone) {
    const message = `plugin ${plugin} took the results of action ${actionId}`;
    log({ event: 'delivered', job, message, facts });
    return true;
  }
  if (signal.aborted) {
    const message = `plugin ${plugin} was stopped, and gets action ${actionId} again`;
    log({ event: 'delivery-stopped', level: 'warn', job, message, facts });
    return false;
  }
  for (const line of outcome.lastLines)
    log({ event: 'plugin-output', level: 'error', job, message: `plugin ${plugin}: ${line}` });
  log({
    event: 'delivery-failed',
    level: 'error',
    job,
    message: `plugin ${plugin} failed on action ${actionId}: ${outcome.end}; to repeat it: ${shellWord(`${pluginsFolder}/${plugin}`)} < ${shellWord(resultsFile)}`,
    facts,
  });
  return false;
}

async function run({
  pluginsFolder,
  plugin,
  resultsFile,
  timeoutMs,
  signal,
}: Omit<Delivery, 'job' | 'actionId'> & {
  pluginsFolder: string;
  signal: AbortSignal;
}): Promise<PluginOutcome> {
  try {
    const file = findPlugin(pluginsFolder, plugin);
    return await runPlugin({ file, inputFile: resultsFile, timeoutMs, signal });
  } catch (error) {
    return { isDone: false, end: errorMessage(error), lastLines: [] };
  }
}
