import { MigError } from '../../contract/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { HELP, requestedHelp } from '../help/help.ts';
import { USAGES } from '../help/usages.ts';
import { wrapHelp } from '../help/wrap-help.ts';
import { textColumns } from '../terminal/output.ts';
import { aclCommand } from './acl.ts';
import { actionCommand } from './action.ts';
import { agentsCommand } from './agents.ts';
import { auditCommand } from './audit.ts';
import { bootstrapCommand } from './bootstrap.ts';
import { completionCommand } from './completion.ts';
import { configInitCommand } from './config-init.ts';
import { dashboardCommand } from './dashboard.ts';
import { inboxCommand } from './inbox.ts';
import { inputFileCommand } from './input-file.ts';
import { investigatorsCommand } from './investigators.ts';
import { listCommand } from './list.ts';
import { loadersCommand } from './loaders.ts';
import { manifestsCommand } from './manifests.ts';
import { mcpCommand } from './mcp.ts';
import { moduleCommand } from './module.ts';
import { removeCommand } from './remove.ts';
import { resultsCommand } from './results.ts';
import { runnerCommand } from './runner.ts';
import { showCommandLine } from './show.ts';
import { signCommand } from './sign.ts';
import { statusCommand } from './status.ts';
import { steerCommand } from './steer.ts';
import { sweepCommand } from './sweep.ts';
import { sweepConvertCommand } from './sweep-convert.ts';
import { upgradeStatusCommand } from './upgrade-status.ts';
import { verifyCommand } from './verify.ts';
import { versionCommand } from './version.ts';

/** Runs the command or module that a command line names, or prints the requested help. Returns the exit code. */
export async function runCliCommand(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) throw new MigError('usage', `no module or command given\n\n${HELP}`);
  const command = /^(-V|--?version)$/.test(first) ? 'version' : first;
  const help = requestedHelp([command, ...rest]);
  if (help !== undefined) {
    process.stdout.write(`${wrapHelp(help, textColumns(process.stdout))}\n`);
    return EXIT.ok;
  }
  switch (command) {
    case 'version':
      return versionCommand(rest);
    case '-i':
      return inputFileCommand(args);
    case 'action':
      return actionCommand(rest);
    case 'sign':
      return signCommand(rest);
    case 'verify':
      return verifyCommand(rest);
    case 'results':
      return resultsCommand(rest);
    case 'status':
      return statusCommand(rest);
    case 'cancel':
    case 'pause':
    case 'resume':
      return steerCommand(command, rest);
    case 'mcp':
      return mcpCommand(rest);
    case 'bootstrap':
      return bootstrapCommand(rest);
    case 'completion':
      return completionCommand(rest);
    case 'config':
      return configCommand(rest);
    case 'list':
      return listCommand(rest);
    case 'show':
      return showCommandLine(rest);
    case 'dashboard':
      return dashboardCommand(rest);
    case 'acl':
      return aclCommand(rest);
    case 'inbox':
      return inboxCommand(rest);
    case 'agents':
      return agentsCommand(rest);
    case 'audit':
      return auditCommand(rest);
    case 'convert':
      return sweepConvertCommand(rest);
    case 'investigators':
      return investigatorsCommand(rest);
    case 'loaders':
      return loadersCommand(rest);
    case 'manifests':
      return manifestsCommand(rest);
    case 'remove':
      return removeCommand(rest);
    case 'sweep':
      return sweepCommand(rest);
    case 'runner':
      return runnerCommand(rest);
    case 'upgrade':
      return rest[0] === 'status' ? upgradeStatusCommand(rest.slice(1)) : moduleCommand(command, rest);
    default:
      return moduleCommand(command, rest);
  }
}

function configCommand([order, ...rest]: readonly string[]): Promise<number> {
  if (order === 'init') return configInitCommand(rest);
  throw new MigError('usage', USAGES['config init']);
}
