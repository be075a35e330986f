import { PROGRAMS } from '../../dev/mig-programs/programs.ts';
import { SOURCE_CHANGES } from '../../dev/mig-programs/source-changes.ts';
import { textTable } from '../setup/text-table.ts';
import { isExpected, type Outcome } from './run-checks.ts';

const HEADER = ['program', 'checks', 'passed', "MIG's own faults", 'failed'];

/** A line for each program, then MIG's own faults, the changes of its source, and each failure. */
export function renderOutcomes(outcomes: readonly Outcome[]): string {
  const rows = PROGRAMS.map((program) =>
    rowOf(
      program,
      outcomes.filter(({ check }) => check.program === program),
    ),
  );
  return [
    textTable(HEADER, [...rows, rowOf('all', outcomes)]),
    '',
    ...outcomes.flatMap(faultLine),
    ...new Set(SOURCE_CHANGES.map(({ file, because }) => `changed in what was built: ${file}: ${because}`)),
    ...outcomes.filter((outcome) => !isExpected(outcome)).map(failureLine),
  ].join('\n');
}

function rowOf(program: string, outcomes: readonly Outcome[]): (string | number)[] {
  const expected = outcomes.filter(isExpected);
  const faults = expected.filter(({ check }) => check.fault !== undefined).length;
  return [program, outcomes.length, expected.length - faults, faults, outcomes.length - expected.length];
}

function faultLine(outcome: Outcome): string[] {
  const { fault, program, what } = outcome.check;
  if (fault === undefined || !isExpected(outcome)) return [];
  return [`MIG's own fault: ${program}: ${what}: ${fault.because} (${fault.place})`];
}

function failureLine({ check: { program, what, fault }, problem }: Outcome): string {
  const reason = problem ?? `it passed, so this is no longer a fault of MIG: ${fault?.because}`;
  return `FAILED: ${program}: ${what}: ${reason}`;
}
