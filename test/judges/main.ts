import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ensureAgentBuilt } from '../../dev/build/ensure-built.ts';
import { report } from '../../dev/terminal.ts';
import { moduleNames } from '../../modules/registry.ts';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { askModule, type Outcome, type Programs } from './ask.ts';
import { askFile } from './file.ts';
import { JUDGED, UNJUDGED } from './list.ts';
import { hasUnexplained, renderOutcomes } from './table.ts';

const USAGE = `npm run judges -- [--mig FILE] [--only MODULE] [--json]

Asks the modules of the built executable about this machine, and about what it plants there: sockets, keys, packages,
processes, a time server. Asks programs of others the same, and prints what agrees and what differs, in a table. A program
that is not on the PATH is named as not asked. Needs Linux and root.

  --mig FILE      the executable of MIG's own agent, which is asked, too
  --only MODULE   only this module (file, ${Object.keys(JUDGED).join(', ')})
  --json          prints each question with its differences as JSON

Ends with 1 when a difference has no listed reason.
`;

await runScript(
  {
    usage: USAGE,
    options: { mig: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean' } },
  },
  async ({ mig, only, json = false }) => {
    if (mig !== undefined && !existsSync(mig)) throw usage(`--mig: ${mig} does not exist`);
    const modules = modulesToAsk(only);
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      throw usage('the judges need Linux and root');
    const programs: Programs = { agent: ensureAgentBuilt(), mig: mig && resolve(mig) };
    const outcomes: Outcome[] = [];
    for (const module of modules) {
      report(`asking ${module}`);
      outcomes.push(...(await outcomesOf(module, programs)));
    }
    process.stdout.write(`${json ? JSON.stringify(outcomes) : renderOutcomes(outcomes)}\n`);
    return outcomes.some(hasUnexplained) ? 1 : 0;
  },
);

function modulesToAsk(only: string | undefined): string[] {
  const names = moduleNames();
  if (only === undefined) return names;
  if (!names.includes(only))
    throw usage(`--only: there is no module '${only}'; there are ${names.join(', ')}`);
  return [only];
}

async function outcomesOf(module: string, programs: Programs): Promise<Outcome[]> {
  const questions = JUDGED[module];
  if (questions !== undefined) return askModule(questions, programs);
  if (module === 'file') return askFile(programs);
  return [
    {
      module,
      judge: 'none',
      question: 'all',
      differences: [],
      lines: 0,
      notAsked: UNJUDGED[module] ?? 'no judge is listed',
    },
  ];
}
