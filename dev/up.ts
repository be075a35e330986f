import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readNumber, runCommand } from '../platform/command-line.ts';
import { print, say } from './say.ts';
import { stackHome, up } from './stack/stack.ts';

const USAGE = `npm run up -- [--agents N] [--install]

Starts PostgreSQL, RabbitMQ, Temporal, the worker, the API and N agents (default 1) on private ports with private
data under .mig (or MIG_HOME). A second run finds the first, and a later one takes the same ports. --install lets it
install missing programs. .mig/migrc is a configuration of mig for this stack; the last line tells how to use it.
.mig/migrc-john is that of a second investigator, whose signature alone is not enough.
`;

const MAX_AGENTS = 9999;

await runCommand(
  { usage: USAGE, options: { agents: { type: 'string' }, install: { type: 'boolean' } } },
  async ({ agents, install = false }) => {
    const count = readNumber('--agents', agents, { byDefault: 1, min: 0, max: MAX_AGENTS });
    const home = stackHome();
    const stack = await up({ home, agents: count, install, say, startedBy: 'up' });
    print(`API          ${stack.api.url}`);
    print(`Temporal UI  ${stack.temporal.uiUrl}`);
    print(`agents       ${stack.agents.map(({ name }) => name).join(', ') || 'none'}`);
    print(`details      ${home}/stack.json`);
    print(`use it       ${howToUse(join(home, 'migrc'))}`);
    return 0;
  },
);

/** The line to type so that `mig` asks this stack. A configuration that the person has is never touched. */
function howToUse(migrc: string): string {
  const usual = join(homedir(), '.migrc');
  if (existsSync(usual) && realpathSync(usual) === realpathSync(migrc)) return 'npx mig help';
  const isThere = lstatSync(usual, { throwIfNoEntry: false }) !== undefined;
  return isThere
    ? `${usual} is another one: npx mig … -c ${migrc}`
    : `ln -s ${quoted(migrc)} ${quoted(usual)}`;
}

function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
