import { startVitest, type TestModule } from 'vitest/node';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { textTable } from '../setup/text-table.ts';
import type { Outcome } from './attack.ts';

const USAGE = `npm run attacks -- [--only TEXT] [--json]

Starts the platform with private services, tries every attack of test/attacks on it, and prints the outcome of each.
Ends with 1 when one succeeds. --only tries those with TEXT in their name.
`;

await runScript(
  { usage: USAGE, options: { only: { type: 'string' }, json: { type: 'boolean' } } },
  async ({ only, json: isJson = false }) => {
    if (only !== undefined) await requireAttack(only);
    return attack({ only, isJson });
  },
);

async function requireAttack(text: string): Promise<void> {
  const { ATTACKS } = await import('./list.ts');
  if (!ATTACKS.some(({ name }) => name.includes(text)))
    throw usage(`no attack's name contains '${text}'; without --only all are tried`);
}

async function attack({ only, isJson }: { only: string | undefined; isJson: boolean }): Promise<number> {
  const outcomes: Outcome[] = [];
  const problems: string[] = [];
  const vitest = await startVitest('test', ['test/security/attacks.test.ts'], {
    watch: false,
    project: ['services'],
    ...(only === undefined ? {} : { testNamePattern: escaped(only) }),
    reporters: [
      {
        onTestCaseResult(testCase) {
          const { attack: outcome } = testCase.meta();
          if (outcome) outcomes.push(outcome);
        },
        onTestModuleEnd(module) {
          problems.push(...module.errors().map(({ message }) => message));
          problems.push(...failuresBesides(module));
        },
      },
    ],
  });
  await vitest.close();
  process.stdout.write(isJson ? json(outcomes) : table(outcomes));
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const isClean = outcomes.length > 0 && outcomes.every(({ isStopped }) => isStopped);
  return isClean && problems.length === 0 ? 0 : 1;
}

/** Failures outside of attacks: for example, when the rig did not start. */
function failuresBesides(module: TestModule): string[] {
  const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
  const tests = [...module.children.allTests('failed')]
    .filter((test) => test.meta().attack === undefined)
    .flatMap((test) => test.result().errors ?? []);
  return [...suites, ...tests].map(({ message }) => message);
}

function json(outcomes: readonly Outcome[]): string {
  return `${JSON.stringify(outcomes, null, 2)}\n`;
}

function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ name, holder, isStopped, how, wall }, index) => [
    index + 1,
    name,
    holder,
    isStopped ? 'stopped' : 'SUCCEEDED',
    wall,
    how,
  ]);
  const header = ['#', 'attack', 'holder', 'outcome', 'wall', 'seen'];
  const stopped = outcomes.filter(({ isStopped }) => isStopped).length;
  const summary = `${outcomes.length} attacks, ${stopped} stopped, ${outcomes.length - stopped} succeeded`;
  return `${textTable(header, rows)}\n\n${summary}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
