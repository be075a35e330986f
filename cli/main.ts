import { errorCode, errorMessage, MigError } from '../contract/errors.ts';
import { takeGlobalOptions } from './arguments.ts';
import { agentsCommand } from './commands/agents.ts';
import { auditCommand } from './commands/audit.ts';
import { fileCommand } from './commands/launch.ts';
import { moduleCommand } from './commands/module.ts';
import { removeCommand } from './commands/remove.ts';
import { resultsCommand } from './commands/results.ts';
import { signCommand } from './commands/sign.ts';
import { statusCommand, steerCommand } from './commands/status.ts';
import { upgradeStatusCommand } from './commands/upgrade-status.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { askedHelp, HELP } from './help/help.ts';
import { USAGES } from './help/usages.ts';
import { openOutput, VERSION } from './session.ts';

endWithReaders();
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const { say } = openOutput();
  // Only our own words have line feeds that mean something.
  const isOurs = ['usage', 'config_invalid'].includes(errorCode(error));
  const text = `[error] ${errorMessage(error).trimEnd()}`;
  for (const line of isOurs ? text.split('\n') : [text]) say(line);
  process.exitCode = exitCodeOf(error);
}

/** `mig … | head`: when nobody reads any more there is nothing left to do, as for every program of Unix. */
function endWithReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(EXIT.pipe);
    });
  }
}

function versionCommand(args: readonly string[]): number {
  const [word] = takeGlobalOptions(args, {}).rest;
  if (word !== undefined)
    throw new MigError('usage', `${USAGES.version}; unexpected word ${JSON.stringify(word)}`);
  process.stdout.write(`${VERSION}\n`);
  return EXIT.ok;
}

async function run(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  const command = first !== undefined && /^(-V|--?version)$/.test(first) ? 'version' : first;
  if (command === undefined) throw new MigError('usage', `no module or command given\n\n${HELP}`);
  const help = askedHelp([command, ...rest]);
  if (help !== undefined) {
    process.stdout.write(`${help}\n`);
    return EXIT.ok;
  }
  switch (command) {
    case 'version':
      return versionCommand(rest);
    case '-i':
      return fileCommand(args);
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
    case 'agents':
      return agentsCommand(rest);
    case 'audit':
      return auditCommand(rest);
    case 'remove':
      return removeCommand(rest);
    case 'upgrade':
      if (rest[0] === 'status') return upgradeStatusCommand(rest.slice(1));
      return moduleCommand(command, rest);
    default:
      return moduleCommand(command, rest);
  }
}
