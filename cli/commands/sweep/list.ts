import { listSweeps } from '../../../contract/api/sweeps.ts';
import { SIGNATURES_END_DAYS } from '../../../contract/sweep/document.ts';
import type { AnySweepView, SweepView, UnreadableSweepView } from '../../../contract/sweep/item.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { runLine } from '../../sweep/follow-run.ts';

/** `mig sweep list`: one line for each sweep and its last run. */
export async function listSweepsCommand(args: readonly string[]): Promise<number> {
  const { options } = parseCommandLine(args, {
    usage: USAGES['sweep list'],
    allowed: ['json'],
    words: [0, 0],
  });
  const { api, output } = await openSession(options);
  const { sweeps } = await api.call(listSweeps, {});
  for (const sweep of sweeps) {
    if (options.json) output.json(JSON.stringify(sweep));
    else for (const line of sweepLines(sweep)) output.answer(line);
  }
  if (sweeps.length === 0) output.note('there is no sweep; mig help sweep create');
  return EXIT.ok;
}

function sweepLines(sweep: AnySweepView): string[] {
  if (sweep.unreadable !== null) return unreadableLines(sweep);
  const { name, schedule, timezone, checks, paused, lastrun } = sweep;
  return [
    `${name}${paused ? ' (paused)' : ''}  ${schedule.join(' and ')} ${timezone}  ${countOf(checks, 'check')}  ${signedUntil(sweep)}`,
    ...lostLines(sweep).map((line) => `    ${line}`),
    `    ${lastrun === null ? 'has not run yet' : runLine(lastrun)}`,
  ];
}

/** What can be said of a sweep without its document. */
export function unreadableLines({ name, paused, unreadable, lastrun }: UnreadableSweepView): string[] {
  return [
    `${name}${paused ? ' (paused)' : ''}  cannot be read: ${unreadable.message}`,
    `    ${lastrun === null ? 'has not run yet' : runLine(lastrun)}`,
    `    use the version that stored it, or create it again after mig sweep delete ${shellWord(name)}`,
  ];
}

/** How far the runs are signed, with a warning while an investigator still has weeks to sign the next ones. */
export function signedUntil({ name, signedruns, signeduntil }: SweepView): string {
  const command = `mig sweep sign ${shellWord(name)} -until 90d`;
  if (signeduntil === null) return `no run is signed: ${command}`;
  const text = `${countOf(signedruns, 'run')} signed until ${signeduntil}`;
  const endsSoon = Date.parse(signeduntil) < Date.now() + SIGNATURES_END_DAYS * 24 * 3600_000;
  return endsSoon ? `${text}, which is soon: ${command}` : text;
}

/** The signed runs that will end `unsigned`, by who signed them. */
export function lostLines({ name, lostsigners }: SweepView): string[] {
  return lostsigners.map(({ name: signer, fingerprint, runs, why }) => {
    const command = `mig sweep sign ${shellWord(name)} -until 90d`;
    return `${countOf(runs, 'run')} signed by ${signer} (${fingerprint}) will not begin, because ${why}: ${command}`;
  });
}
