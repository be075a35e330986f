import { runCommand } from './run-command.ts';
import { down, stackHome } from './stack.ts';

// `npm run down`: stops just what `npm run up` started; the data stays.
await runCommand(async () => {
  const stopped = await down(stackHome());
  process.stdout.write(stopped.length === 0 ? 'nothing was running\n' : `stopped ${stopped.join(', ')}\n`);
});
