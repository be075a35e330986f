import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from '../../dev/mig-programs/build-programs.ts';
import { findSources } from '../../dev/mig-programs/find-sources.ts';
import { PROGRAMS } from '../../dev/mig-programs/programs.ts';
import { report } from '../../dev/terminal.ts';
import { runScript, usage } from '../../platform/program/command-line.ts';
import { CHECKS } from './list.ts';
import { openRig } from './rig.ts';
import { isExpected, type Outcome, runChecks } from './run-checks.ts';
import { renderOutcomes } from './table.ts';

/** Nothing was asked. */
const NOT_RUN = 3;
const USAGE = `npm run interop -- [--source DIR] [--only PROGRAM] [--grep TEXT]

Builds MIG's own programs in Go from their source, lets each work with a private stack of ours, and prints a table of
what passed, MIG's own faults and every failure. Needs Go, the headers of readline, and MIG's source.

  --source DIR    MIG's source; by default the folder in MIG_SOURCE, or Go's own below GOPATH
  --only PROGRAM  only this program (${PROGRAMS.join(', ')})
  --grep TEXT     only checks whose sentence has this text

Ends with 1 when a check fails, and with ${NOT_RUN} when Go or the source is missing and nothing was asked.
`;

await runScript(
  {
    usage: USAGE,
    options: { source: { type: 'string' }, only: { type: 'string' }, grep: { type: 'string' } },
  },
  async ({ source, only, grep = '' }) => {
    if (only !== undefined && !PROGRAMS.some((program) => program === only))
      throw usage(`--only: there is no program '${only}'; there are ${PROGRAMS.join(', ')}`);
    const checks = CHECKS.filter(({ program, what }) => (only ?? program) === program && what.includes(grep));
    if (checks.length === 0) throw usage(`--grep: no check has '${grep}' in its sentence`);
    const sources = findSources(source);
    if ('missing' in sources) {
      report(`not run: ${sources.missing}`);
      return NOT_RUN;
    }
    const folder = mkdtempSync(join(tmpdir(), 'mig-test-interop-'));
    try {
      report('building the programs of MIG');
      const executables = buildPrograms(PROGRAMS, { ...sources, folder });
      await using rig = await openRig(executables, join(folder, 'files'));
      report(`running ${checks.length} checks`);
      const outcomes = await runChecks(checks, { rig, report: reportProblem });
      process.stdout.write(`${renderOutcomes(outcomes)}\n`);
      return outcomes.every(isExpected) ? 0 : 1;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

function reportProblem(outcome: Outcome): void {
  if (!isExpected(outcome)) report(`failed: ${outcome.check.program}: ${outcome.check.what}`);
}
