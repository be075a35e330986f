import { listSweepFlips, listSweepRuns } from '../../../contract/api/sweeps.ts';
import type { FlipView, SweepRunView } from '../../../contract/sweep/item.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { actionsLine, runLine } from '../../sweep/follow-run.ts';
import { findSweep } from '../../sweep/load-sweep.ts';
import type { Output } from '../../terminal/output.ts';
import { LINE_FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createLineList } from '../../terminal/record-list.ts';

const LIMIT = 100;

/** `mig sweep history <name> [<endpoint>]`: the runs, or the verdicts of an endpoint that turned; newest first. */
export async function sweepHistoryCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep history'],
    flags: LINE_FORMAT_FLAGS,
    allowed: ['json'],
    words: [1, 2],
  });
  const [name = '', agent] = given.words;
  const format = readFormat(given);
  const session = await openSession(given.options);
  const { api, output } = session;
  const { id } = (await findSweep(session, name)).view;
  if (agent === undefined) {
    const { runs } = await api.call(listSweepRuns, { sweepid: id, limit: LIMIT });
    const list = createLineList<SweepRunView>({ output, format, linesOf: runLines });
    for (const run of runs) await list.add(run);
    list.end();
    noteCount(output, runs.length, 'no run yet');
    return EXIT.ok;
  }
  const { flips } = await api.call(listSweepFlips, { sweepid: id, agent, limit: LIMIT });
  const list = createLineList<FlipView>({ output, format, linesOf: flipLines });
  for (const flip of flips) await list.add(flip);
  list.end();
  noteCount(output, flips.length, 'no verdict has turned there yet');
  return EXIT.ok;
}

function runLines(run: SweepRunView): string[] {
  return [[runLine(run), actionsLine(run) ?? []].flat().join('  ')];
}

function flipLines({ at, check, from, to, runid, agent }: FlipView): string[] {
  return [`${at}  ${agent}  ${check}  ${from} -> ${to}  run ${runid}`];
}

function noteCount(output: Output, count: number, nothing: string): void {
  if (count === 0) output.note(nothing);
  if (count >= LIMIT) output.note(`these are the latest ${LIMIT}`);
}
