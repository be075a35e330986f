import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { down, stackHome } from './stack.ts';

const HELP = `npm run down

Stops just what npm run up started; the data stays under .mig (or MIG_HOME).
`;

await runCommand(async () => {
  const [word] = process.argv.slice(2);
  if (word === '--help' || word === '-h') return void process.stdout.write(HELP);
  if (word !== undefined) throw new SetupError(`unknown argument: ${word}; see --help`);
  const stopped = await down(stackHome());
  process.stdout.write(stopped.length === 0 ? 'nothing was running\n' : `stopped ${stopped.join(', ')}\n`);
});
