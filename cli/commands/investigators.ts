import { apiKeyCommand } from './investigators/api-key.ts';
import { createInvestigatorCommand } from './investigators/create.ts';
import { investigatorKeyCommand } from './investigators/key.ts';
import { permissionsCommand } from './investigators/permissions.ts';
import { showInvestigatorCommand } from './investigators/show.ts';
import { investigatorStatusCommand } from './investigators/status.ts';
import { runVerb } from './run-verb.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['create', createInvestigatorCommand],
  ['show', showInvestigatorCommand],
  ['enable', (args) => investigatorStatusCommand('enable', args)],
  ['disable', (args) => investigatorStatusCommand('disable', args)],
  ['permissions', permissionsCommand],
  ['apikey', apiKeyCommand],
  ['key', investigatorKeyCommand],
]);

/** `mig investigators <verb> …`. */
export function investigatorsCommand(args: readonly string[]): Promise<number> {
  return runVerb('investigators', COMMANDS, args);
}
