import { parseDevArguments } from './arguments.ts';
import { runCommand, say } from './run-command.ts';
import { stackHome, up } from './stack.ts';

const HELP = `npm run up -- [--agents N] [--install]

Starts PostgreSQL, RabbitMQ, Temporal, the worker, the API and N agents (default 1) on private ports with private
data under .mig (or MIG_HOME). A second run finds the first. --install lets it install missing programs.
`;

await runCommand(async () => {
  const { agents, install, help } = parseDevArguments(process.argv.slice(2), 1);
  if (help) return void process.stdout.write(HELP);
  const stack = await up({ home: stackHome(), agents, install, say });
  process.stdout.write(
    [
      `API          ${stack.api.url}`,
      `Temporal UI  ${stack.temporal.uiUrl}`,
      `agents       ${stack.agents.map(({ name }) => name).join(', ') || 'none'}`,
      `details      ${stackHome()}/stack.json`,
      '',
    ].join('\n'),
  );
});
