import { createLoaderCommand } from './loaders/create.ts';
import { expectCommand } from './loaders/expect.ts';
import { loaderKeyCommand } from './loaders/key.ts';
import { showLoaderCommand } from './loaders/show.ts';
import { loaderStatusCommand } from './loaders/status.ts';
import { runVerb } from './run-verb.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['create', createLoaderCommand],
  ['show', showLoaderCommand],
  ['enable', (args) => loaderStatusCommand('enable', args)],
  ['disable', (args) => loaderStatusCommand('disable', args)],
  ['expect', expectCommand],
  ['key', loaderKeyCommand],
]);

/** `mig loaders <verb> …`. */
export function loadersCommand(args: readonly string[]): Promise<number> {
  return runVerb('loaders', COMMANDS, args);
}
