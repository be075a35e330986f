import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { errorMessage } from '../contract/errors.ts';
import { BUILD } from './build-info.ts';
import { type AgentOptions, parseOptions, USAGE } from './options.ts';

// Modules and the daemon are loaded only when asked for: a module's child process starts in a few milliseconds.
try {
  const options = parseOptions(process.argv.slice(2));
  if (options.showHelp) process.stdout.write(USAGE);
  else if (options.showVersion) process.stdout.write(`${BUILD.version}\n`);
  else if (options.mode === 'agent') await daemon(options);
  else await module(options);
} catch (error) {
  process.stderr.write(`mig-agent: ${errorMessage(error)}\n`);
  process.exitCode = 1;
}

async function daemon({ configFile, isDebug }: AgentOptions): Promise<void> {
  const { loadConfig } = await import('./config.ts');
  const { createLogger } = await import('../platform/log.ts');
  const { startAgent } = await import('./start-agent.ts');
  const config = loadConfig(configFile);
  await using _agent = await startAgent({
    config,
    log: createLogger('agent', isDebug ? 'debug' : config.logLevel),
  });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
}

async function module({ mode, isPretty, mask }: AgentOptions): Promise<void> {
  const { printJson, printPretty, runModule } = await import('./module-child.ts');
  const result = await runModule(mode, await text(process.stdin), { mask });
  process.stdout.write(isPretty && result ? printPretty(mode, result) : printJson(mode, result));
}
