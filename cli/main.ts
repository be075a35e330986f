import { errorCode, errorMessage } from '../contract/errors.ts';
import { printable } from '../contract/rules/printable.ts';
import { allModuleInterfaces } from '../modules/schemas.ts';
import { auditCommand } from './commands/audit.ts';
import { fileCommand } from './commands/launch.ts';
import { moduleCommand } from './commands/module.ts';
import { signCommand } from './commands/sign.ts';
import { statusCommand, steerCommand } from './commands/status.ts';
import { upgradeStatusCommand } from './commands/upgrade-status.ts';
import { verifyCommand } from './commands/verify.ts';
import { EXIT } from './investigate.ts';
import { VERSION } from './session.ts';

const HELP = `mig, the investigator's tool of Mozilla InvestiGator

  mig <module> [options] [module flags]   investigate: sign, launch, follow, print
  mig <module> help                       the flags of a module
  mig -i <file> [options]                 sign and launch an action from a file
  mig sign <file>                         add your signature and print the action
  mig verify <file>                       check who signed an action, or that of a command file
  mig verify -keys <folder> <file>        the same offline, with the public keys of a folder or file
  mig status|cancel|pause|resume <id>     an action that was launched
  mig upgrade status <id>                 how far each agent of an upgrade is, and why it stopped
  mig audit [-since 24h] [-kind <kind>]   the audit trail: who did what, from where and when

Modules:
${allModuleInterfaces()
  .map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

Options:
  -t <target>     SQL condition over the agents, a macro of ~/.migrc, or local (default status='online')
  -e <duration>   how long the action is valid, e.g. 60s, 5m (default 300s)
  -n <name>       name of the action (default: the command line)
  -show <what>    found (default), notfound or all
  -target-found <id>, -target-notfound <id>   only agents where action <id> did, or did not, find something
  -p              print the action, unsigned, and end
  -s              sign and print the action, for a second signer
  -z              compress the parameters
  -c <file>       configuration (default ~/.migrc)
  -v              say every request on stderr
  --json          one JSON document with the action and every answer

Exit status: 0 every agent answered, 1 error, 2 wrong usage, 3 the action was refused or matched no agent,
4 some agents failed or did not answer, 130 cancelled.

  mig file -t "os='linux'" -e 60s -path /etc -name '^passwd$' -content '^root:'
`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`[error] ${errorMessage(error).split('\n').map(printable).join('\n')}\n`);
  process.exitCode = errorCode(error) === 'usage' ? EXIT.usage : EXIT.error;
}

async function run(args: string[]): Promise<number> {
  const [first, ...rest] = args;
  switch (first) {
    case undefined:
      process.stderr.write(HELP);
      return EXIT.usage;
    case 'help':
    case '-h':
    case '--help':
      process.stdout.write(HELP);
      return EXIT.ok;
    case '-V':
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return EXIT.ok;
    case '-i':
      return fileCommand(args);
    case 'sign':
      return signCommand(rest);
    case 'verify':
      return verifyCommand(rest);
    case 'status':
      return statusCommand(rest);
    case 'cancel':
    case 'pause':
    case 'resume':
      return steerCommand(first, rest);
    case 'audit':
      return auditCommand(rest);
    case 'upgrade':
      if (rest[0] === 'status') return upgradeStatusCommand(rest.slice(1));
      return moduleCommand(first, rest);
    default:
      return moduleCommand(first, rest);
  }
}
