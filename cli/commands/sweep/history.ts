import { listSweepFlips, listSweepRuns } from '../../../contract/api/sweeps.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { type CliSession, openSession } from '../../session.ts';
import { actionsLine, runLine } from '../../sweep/follow-run.ts';
import { findSweep } from '../../sweep/load-sweep.ts';

const LIMIT = 100;

/** `mig sweep history <name> [<endpoint>]`: the runs, or the verdicts of an endpoint that turned; newest first. */
export async function sweepHistoryCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['sweep history'],
    allowed: ['json'],
    words: [1, 2],
  });
  const [name = '', agent] = words;
  const session = await openSession(options);
  const { id } = (await findSweep(session, name)).view;
  const lines = agent === undefined ? await runLines(session, id) : await flipLines(session, id, agent);
  for (const { line, value } of lines) {
    if (options.json) session.output.json(JSON.stringify(value));
    else session.output.answer(line);
  }
  if (lines.length === 0)
    session.output.note(agent === undefined ? 'no run yet' : 'no verdict has turned there yet');
  if (lines.length >= LIMIT) session.output.note(`these are the latest ${LIMIT}`);
  return EXIT.ok;
}

interface Line {
  line: string;
  value: unknown;
}

async function runLines({ api }: CliSession, sweepId: number): Promise<Line[]> {
  const { runs } = await api.call(listSweepRuns, { sweepid: sweepId, limit: LIMIT });
  return runs.map((run) => ({ line: [runLine(run), actionsLine(run) ?? []].flat().join('  '), value: run }));
}

async function flipLines({ api }: CliSession, sweepId: number, agent: string): Promise<Line[]> {
  const { flips } = await api.call(listSweepFlips, { sweepid: sweepId, agent, limit: LIMIT });
  return flips.map((flip) => {
    const { at, check, from, to, runid, agent: name } = flip;
    return { line: `${at}  ${name}  ${check}  ${from} -> ${to}  run ${runid}`, value: flip };
  });
}
