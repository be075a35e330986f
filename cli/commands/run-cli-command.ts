import { MigError } from '../../contract/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { asksForHelp } from '../help/asks-for-help.ts';
import { wrapHelp } from '../help/wrap-help.ts';
import { textColumns } from '../terminal/output.ts';

/** Runs the command or module that a command line names, or prints the requested help. Returns the exit code. */
export async function runCliCommand(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) throw await noCommand();
  const command = /^(-V|--?version)$/.test(first) ? 'version' : first;
  const help = await findHelp([command, ...rest]);
  if (help !== undefined) {
    process.stdout.write(`${wrapHelp(help, textColumns(process.stdout))}\n`);
    return EXIT.ok;
  }
  return runCommand(command, rest);
}

async function noCommand(): Promise<MigError> {
  const { HELP } = await import('../help/help.ts');
  return new MigError('usage', `no module or command given\n\n${HELP}`);
}

/** The help loads every module, so it is loaded only where it is asked for. */
async function findHelp(args: readonly string[]): Promise<string | undefined> {
  if (!asksForHelp(args)) return undefined;
  const { requestedHelp } = await import('../help/help.ts');
  return requestedHelp(args);
}

/** Each command is loaded when it runs: all of them together take longer to load than most take to answer. */
async function runCommand(command: string, rest: readonly string[]): Promise<number> {
  switch (command) {
    case 'version':
      return (await import('./version.ts')).versionCommand(rest);
    case '-i':
      return (await import('./input-file.ts')).inputFileCommand([command, ...rest], runCliCommand);
    case 'action':
      return (await import('./action.ts')).actionCommand(rest);
    case 'sign':
      return (await import('./sign.ts')).signCommand(rest);
    case 'verify':
      return (await import('./verify.ts')).verifyCommand(rest);
    case 'results':
      return (await import('./results.ts')).resultsCommand(rest, runCliCommand);
    case 'status':
      return (await import('./status.ts')).statusCommand(rest);
    case 'cancel':
    case 'pause':
    case 'resume':
      return (await import('./steer.ts')).steerCommand(command, rest);
    case 'brakes':
      return (await import('./brakes.ts')).brakesCommand(rest);
    case 'mcp':
      return (await import('./mcp.ts')).mcpCommand(rest);
    case 'bootstrap':
      return (await import('./bootstrap.ts')).bootstrapCommand(rest);
    case 'completion':
      return (await import('./completion.ts')).completionCommand(rest);
    case 'man':
      return (await import('./man.ts')).manCommand(rest);
    case 'config':
      return configCommand(rest);
    case 'list':
      return (await import('./list.ts')).listCommand(rest);
    case 'show':
      return (await import('./show.ts')).showCommandLine(rest);
    case 'console':
      return (await import('./console.ts')).consoleCommand(rest);
    case 'dashboard':
      return (await import('./dashboard.ts')).dashboardCommand(rest);
    case 'acl':
      return (await import('./acl.ts')).aclCommand(rest);
    case 'inbox':
      return (await import('./inbox.ts')).inboxCommand(rest);
    case 'ask':
      return (await import('./ask.ts')).askCommand(rest, runCliCommand);
    case 'questions':
      return (await import('./questions.ts')).questionsCommand(rest);
    case 'agents':
      return (await import('./agents.ts')).agentsCommand(rest);
    case 'audit':
      return (await import('./audit.ts')).auditCommand(rest);
    case 'convert':
      return (await import('./sweep-convert.ts')).sweepConvertCommand(rest);
    case 'investigators':
      return (await import('./investigators.ts')).investigatorsCommand(rest);
    case 'loaders':
      return (await import('./loaders.ts')).loadersCommand(rest);
    case 'manifests':
      return (await import('./manifests.ts')).manifestsCommand(rest);
    case 'remove':
      return (await import('./remove.ts')).removeCommand(rest);
    case 'sweep':
      return (await import('./sweep.ts')).sweepCommand(rest);
    case 'webhooks':
      return (await import('./webhooks.ts')).webhooksCommand(rest);
    case 'runner':
      return (await import('./runner.ts')).runnerCommand(rest);
    case 'upgrade':
      if (rest[0] !== 'status')
        return (await import('./module.ts')).moduleCommand(command, rest, runCliCommand);
      return (await import('./upgrade-status.ts')).upgradeStatusCommand(rest.slice(1));
    default:
      return (await import('./module.ts')).moduleCommand(command, rest, runCliCommand);
  }
}

async function configCommand([order, ...rest]: readonly string[]): Promise<number> {
  if (order === 'init') return (await import('./config-init.ts')).configInitCommand(rest);
  const { USAGES } = await import('../help/usages.ts');
  throw new MigError('usage', USAGES['config init']);
}
