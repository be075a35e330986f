import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { shellLine, shellWord } from '../contract/text/shell-word.ts';
import { readNumber, runScript } from '../platform/program/command-line.ts';
import { stackHome, up } from './stack/stack.ts';
import { workerSettings } from './stack/worker-settings.ts';
import { print, report } from './terminal.ts';

const USAGE = `npm run up -- [--agents N] [--install]

Starts PostgreSQL, RabbitMQ, Temporal, the worker, the API and N agents (default 1) on private ports with private
data under .mig (or MIG_HOME). A second run finds the first and adds agents that it lacks; a later one takes the same
ports. --install lets it install PostgreSQL and RabbitMQ; a missing Temporal CLI is built with Go in any case. .mig/migrc
is a configuration of mig for this stack; the last line says how to use it. .mig/migrc-john is that of a second
investigator, whose signature alone is not enough. A new worker gets MIG_WEBHOOK_* and MIG_EVENTS_* (docs/integrations.md).
`;

const MAX_AGENTS = 9999;

await runScript(
  { usage: USAGE, options: { agents: { type: 'string' }, install: { type: 'boolean' } } },
  async ({ agents, install = false }) => {
    const count = readNumber('--agents', agents, { byDefault: 1, min: 0, max: MAX_AGENTS });
    const home = stackHome();
    const worker = workerSettings(process.env);
    const stack = await up({ home, agents: count, install, report, startedBy: 'up', worker });
    print(`API          ${stack.api.url}`);
    print(`Temporal UI  ${stack.temporal.uiUrl}`);
    print(`agents       ${stack.agents.map(({ name }) => name).join(', ') || 'none'}`);
    print(`details      ${home}/stack.json`);
    print(`use it       ${howToUse(join(home, 'migrc'))}`);
    return 0;
  },
);

/** Returns the command that makes `mig` use this stack. An existing ~/.migrc is never changed. */
function howToUse(migrc: string): string {
  const standardFile = join(homedir(), '.migrc');
  if (existsSync(standardFile) && realpathSync(standardFile) === realpathSync(migrc)) return 'npx mig help';
  const isTaken = lstatSync(standardFile, { throwIfNoEntry: false }) !== undefined;
  return isTaken
    ? `${standardFile} is another one: npx mig agents -c ${shellWord(migrc)}`
    : shellLine(['ln', '-s', migrc, standardFile]);
}
