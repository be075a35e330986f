import type { Check } from '../../check.ts';
import { type Expectations, expectOutput } from '../../expect-output.ts';
import { REAL_AGENTS, type Rig, SIMULATED } from '../../rig.ts';
import type { ProgramRun, RunOptions } from '../../run-go-program.ts';

/** A command line of `mig`, and what it prints. */
export interface Line extends Expectations {
  option: string;
  what: string;
  args: readonly string[] | ((rig: Rig) => readonly string[] | Promise<readonly string[]>);
  options?: (rig: Rig) => Partial<RunOptions>;
  /** Looks at what the platform has stored. */
  stores?: (rig: Rig, run: ProgramRun) => Promise<void>;
}

export const [AGENT] = REAL_AGENTS;
export const LAST_SIMULATED = `${SIMULATED.prefix}-${SIMULATED.count - 1}`;
export const PASSWD = ['-path', '/etc', '-name', '^passwd$', '-maxdepth', '1'];
export const TO_AGENT = ['-t', `name='${AGENT}'`, '-e', '60s'];
export const FOUND = `${AGENT} /etc/passwd`;

export function checksOf(lines: readonly Line[]): Check[] {
  return lines.map(({ option, what, args, options, stores, ...expected }) => ({
    program: 'mig',
    shows: option,
    what: `${option}: ${what}`,
    run: async (rig) => {
      const run = await rig.run('mig', typeof args === 'function' ? await args(rig) : args, options?.(rig));
      expectOutput(run, expected);
      await stores?.(rig, run);
    },
  }));
}

interface Stored {
  name?: string | RegExp;
  target?: RegExp;
  agents?: readonly string[];
  /** Text that the stored operations have. */
  text?: string;
}

/** Throws unless the action that was launched is stored as it should be. */
export async function expectStored(
  { testbed }: Rig,
  run: ProgramRun,
  { name, target, agents, text }: Stored,
): Promise<void> {
  const [, id] = /Following action ID (\d+)/.exec(run.stderr) ?? [];
  const { rows } = await testbed.db.query(
    `SELECT actions.name, target, operations::text AS text, array_agg(agents.name) AS agents
     FROM actions
     JOIN commands ON actionid = actions.id
     JOIN agents ON agents.id = agentid
     WHERE actions.id = $1
     GROUP BY actions.id`,
    [id],
  );
  const [stored] = rows;
  const isAsExpected =
    (name === undefined || (typeof name === 'string' ? stored.name === name : name.test(stored.name))) &&
    (target === undefined || target.test(stored.target)) &&
    (agents === undefined || agents.join() === stored.agents.join()) &&
    (text === undefined || stored.text.includes(text));
  if (!isAsExpected) throw new Error(`the platform stored ${JSON.stringify(stored)}`);
}
