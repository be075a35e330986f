import { basename } from 'node:path';
import { errorMessage } from '../contract/errors.ts';
import { EXECUTABLE_EXTENSION } from '../platform/machine/installation.ts';
import { readStdin, writeStdout } from '../platform/machine/standard-streams.ts';
import { BUILD } from './config/build-info.ts';
import type { AgentOptions } from './operator/options.ts';
import { parseOptions } from './operator/options.ts';

// Modules and the daemon are loaded only when needed, so that a module's process starts in a few milliseconds.
try {
  const args = loaderArguments(process.argv.slice(2));
  if (args === undefined) await run(parseOptions(process.argv.slice(2)));
  else await (await import('./loader/run-loader.ts')).runLoader(args);
} catch (error) {
  process.stderr.write(`mig-agent: ${errorMessage(error)}\n`);
  process.exitCode ??= 1;
}

/** The arguments after `loader`, or all of an executable called mig-loader; undefined for everything else. */
function loaderArguments(args: readonly string[]): readonly string[] | undefined {
  if (args[0] === 'loader') return args.slice(1);
  const names = [process.argv0, process.execPath].map((path) => basename(path, EXECUTABLE_EXTENSION));
  return names.includes('mig-loader') ? args : undefined;
}

async function run(options: AgentOptions): Promise<void> {
  if (options.help !== undefined) writeStdout(options.help);
  else if (options.showVersion) writeStdout(`${BUILD.version}\n`);
  else if (options.persistentModule !== undefined) await persistent(options.persistentModule, options);
  else if (isAgent(options)) await (await import('./operator/operator-commands.ts')).runForOperator(options);
  else await module(options);
}

function isAgent({ mode, command, query, showSettings, actionFile }: AgentOptions): boolean {
  return (
    ['agent', 'agent-checkin'].includes(mode) ||
    showSettings ||
    [command, query, actionFile].some((given) => given !== undefined)
  );
}

async function persistent(name: string, { configFile }: AgentOptions): Promise<void> {
  const { runPersistentChild } = await import('./persistent/run-child.ts');
  const loadRunDir = async () => (await import('./config/config.ts')).loadConfig(configFile).runDir;
  // The timers of the module would keep the process running.
  process.exit(await runPersistentChild(name, { loadRunDir }));
}

async function module({ mode, isPretty, mask, configFile }: AgentOptions): Promise<void> {
  const { printJson, printPretty, runModule } = await import('./run/module-child.ts');
  const result = await runModule(mode, readStdin(), { mask, configFile });
  const pieces = isPretty && result ? [await printPretty(mode, result)] : printJson(mode, result);
  for (const piece of pieces) writeStdout(piece);
  // A host name that is still being resolved would keep the process running for seconds.
  process.exit();
}
