import { listSweeps } from '../../../contract/api/sweeps.ts';
import { SIGNATURES_END_DAYS } from '../../../contract/sweep/document.ts';
import type { AnySweepView, SweepView, UnreadableSweepView } from '../../../contract/sweep/item.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { SWEEP_TABLE } from '../../records/sweep-tables.ts';
import { openSession } from '../../session.ts';
import { runLine } from '../../sweep/follow-run.ts';
import { FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createRecordList } from '../../terminal/record-list.ts';

/** `mig sweep list`: the sweeps with their last runs, and on stderr what keeps their next ones from running. */
export async function listSweepsCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep list'],
    flags: FORMAT_FLAGS,
    allowed: ['json'],
    words: [0, 0],
  });
  const format = readFormat(given);
  const { api, output } = await openSession(given.options);
  const list = createRecordList({ output, format, table: SWEEP_TABLE });
  const { sweeps } = await api.call(listSweeps, {});
  for (const sweep of sweeps) await list.add(sweep);
  list.end();
  if (format === 'table' || format === 'wide')
    for (const line of sweeps.flatMap(warningsOf)) output.note(line);
  if (sweeps.length === 0) output.note('there is no sweep; mig help sweep create');
  return EXIT.ok;
}

function warningsOf(sweep: AnySweepView): string[] {
  if (sweep.unreadable !== null) {
    const { name, unreadable } = sweep;
    return [`${name}: cannot be read: ${unreadable.message}`, nextForUnreadable(name)];
  }
  const signed = isSignedForWeeks(sweep) ? [] : [signedUntil(sweep)];
  return [...signed, ...lostLines(sweep)].map((line) => `${sweep.name}: ${line}`);
}

/** What can be said of a sweep without its document. */
export function unreadableLines({ name, paused, unreadable, lastrun }: UnreadableSweepView): string[] {
  return [
    `${name}${paused ? ' (paused)' : ''}  cannot be read: ${unreadable.message}`,
    `    ${lastrun === null ? 'has not run yet' : runLine(lastrun)}`,
    `    ${nextForUnreadable(name)}`,
  ];
}

function nextForUnreadable(name: string): string {
  return `use the version that stored it, or create it again after mig sweep delete ${shellWord(name)}`;
}

/** How far the runs are signed, with a warning while an investigator still has weeks to sign the next ones. */
export function signedUntil(sweep: SweepView): string {
  const { name, signedruns, signeduntil } = sweep;
  const command = `mig sweep sign ${shellWord(name)} -until 90d`;
  if (signeduntil === null) return `no run is signed: ${command}`;
  const text = `${countOf(signedruns, 'run')} signed until ${signeduntil}`;
  return isSignedForWeeks(sweep) ? text : `${text}, which is soon: ${command}`;
}

function isSignedForWeeks({ signeduntil }: SweepView): boolean {
  if (signeduntil === null) return false;
  return Date.parse(signeduntil) >= Date.now() + SIGNATURES_END_DAYS * 24 * 3600_000;
}

/** The signed runs that will end `unsigned`, by who signed them. */
export function lostLines({ name, lostsigners }: SweepView): string[] {
  return lostsigners.map(({ name: signer, fingerprint, runs, why }) => {
    const command = `mig sweep sign ${shellWord(name)} -until 90d`;
    return `${countOf(runs, 'run')} signed by ${signer} (${fingerprint}) will not begin, because ${why}: ${command}`;
  });
}
