import { MigError } from '../../../contract/errors.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { documentKeys, loadSweep, verifiedOperations } from '../../sweep/load-sweep.ts';
import { signTimes, unsignedTimes } from '../../sweep/sign-ahead.ts';
import { parseTimeFlag } from '../../time-flag.ts';

/** `mig sweep sign <name> -until <date>`: signs the planned runs that are not signed yet, each with a window of its own. */
export async function signSweepCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['sweep sign'],
    flags: { until: 'string', keys: 'string' },
    allowed: ['y'],
    words: [1, 1],
  });
  const text = given.value('until');
  if (text === undefined)
    throw new MigError('usage', '-until is needed: a date, or how far ahead, e.g. -until 90d');
  const until = parseTimeFlag('until', text, { nowMs: Date.now(), isAhead: true });
  const session = await openSession(given.options);
  const loaded = await loadSweep(session, given.words[0] ?? '');
  const operations = await verifiedOperations(loaded, await documentKeys(session, given.value('keys')));
  const times = await unsignedTimes(session.api, loaded.report.id, until);
  const { output } = session;
  const [first] = times;
  if (first === undefined) {
    output.note(`nothing to sign: every run until ${until} is signed, or none is planned`);
    return EXIT.ok;
  }
  output.note(`target     ${loaded.sweep.target}`);
  output.note(`checks     ${loaded.sweep.checks.length}`);
  output.note(`runs       ${times.length}, from ${first} to ${times.at(-1)}`);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  await signTimes(session, { loaded, operations, times }, (count) =>
    output.live(`${count} of ${times.length} runs signed`),
  );
  output.endLive();
  output.answer(`${countOf(times.length, 'run')} signed, until ${times.at(-1)}`);
  return EXIT.ok;
}
