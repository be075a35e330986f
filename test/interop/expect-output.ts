import { excerpt, type ProgramRun, plain } from './run-go-program.ts';

type Expected = string | RegExp;

export interface Expectations {
  status?: number;
  /** What stdout and stderr have, without colours. */
  stdout?: Expected | readonly Expected[];
  stderr?: Expected | readonly Expected[];
  /** What neither of them has. */
  never?: RegExp;
}

/** Throws an error that names what is missing in a program's output, and shows its end. */
export function expectOutput(
  run: ProgramRun,
  { status = 0, stdout = [], stderr = [], never }: Expectations,
): void {
  const problems = [
    ...missing('stdout', run.stdout, stdout),
    ...missing('stderr', run.stderr, stderr),
    ...(never?.test(plain(run.stdout + run.stderr)) ? [`it printed ${never}`] : []),
    ...(run.status === status ? [] : [`it ended with ${run.status}, not ${status}`]),
  ];
  if (problems.length > 0) throw new Error(`${problems.join('; ')}: ${excerpt(run)}`);
}

function missing(name: string, text: string, expected: Expected | readonly Expected[]): string[] {
  const output = plain(text);
  const list = typeof expected === 'string' || expected instanceof RegExp ? [expected] : expected;
  return list
    .filter((one) => (typeof one === 'string' ? !output.includes(one) : !one.test(output)))
    .map((one) => `${name} lacks ${typeof one === 'string' ? JSON.stringify(one) : one}`);
}
