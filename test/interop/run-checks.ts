import { errorMessage } from '../../contract/errors.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import type { Check } from './check.ts';
import type { Rig } from './rig.ts';

/** How a check ended. */
export interface Outcome {
  check: Check;
  /** What differed; undefined when nothing did. */
  problem: string | undefined;
}

/** MIG's client waits five seconds before it launches: checks wait for each other's clocks, not for processors. */
const AT_ONCE = 6;

export async function runChecks(
  checks: readonly Check[],
  { rig, report }: { rig: Rig; report: (outcome: Outcome) => void },
): Promise<Outcome[]> {
  const semaphore = createSemaphore(AT_ONCE);
  const runOne = async (check: Check) => {
    const outcome = { check, problem: await problemOf(check, rig) };
    report(outcome);
    return outcome;
  };
  return Promise.all(checks.map((check) => semaphore.withPermit(() => runOne(check))));
}

async function problemOf(check: Check, rig: Rig): Promise<string | undefined> {
  try {
    await check.run(rig);
    return undefined;
  } catch (error) {
    const problem = errorMessage(error).split('\n', 12).join('\n');
    return `${problem}${await errorsOfAgents(problem, rig)}`;
  }
}

/** MIG's programs say that an agent failed, and not why. */
async function errorsOfAgents(problem: string, { testbed }: Rig): Promise<string> {
  if (!/\d failed/.test(problem)) return '';
  const { rows } = await testbed.db.query<{ results: string }>(
    `SELECT results::text AS results
     FROM commands
     WHERE status = 'failed'
     ORDER BY finishtime DESC
     LIMIT 3`,
  );
  return `; the last failed commands: ${rows.map(({ results }) => results.slice(0, 300)).join(' ')}`;
}

/** A fault that is listed must still be there: otherwise its line in the documentation is no longer true. */
export function isExpected({ check: { fault }, problem }: Outcome): boolean {
  return fault === undefined ? problem === undefined : problem !== undefined && fault.symptom.test(problem);
}
