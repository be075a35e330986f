import { join } from 'node:path';
import { runScript } from '../platform/program/command-line.ts';
import { DEMO_FOLDER, down, stackHome } from './stack/stack.ts';
import { print } from './terminal.ts';

const USAGE = `npm run down

Stops only what npm run up or npm run demo started. The data stays under .mig (or MIG_HOME).
`;

await runScript({ usage: USAGE }, async () => {
  const home = stackHome();
  const stopped = [...(await down(home)), ...(await down(join(home, DEMO_FOLDER)))];
  print(stopped.length === 0 ? 'nothing was running' : `stopped ${stopped.join(', ')}`);
  return 0;
});
