import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { findLoader } from '../../loaders/find-loader.ts';
import { setCondition } from '../../loaders/set-condition.ts';
import { openSession } from '../../session.ts';

/** `mig loaders expect <loader> <condition>`: sets what the machine of a loader must be; with -nothing removes it. */
export async function expectCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['loaders expect'];
  const { options, words, isOn } = parseCommandLine(args, {
    usage,
    flags: { nothing: 'boolean' },
    words: [1, 2],
  });
  const [word = '', condition] = words;
  if ((condition === undefined) !== isOn('nothing')) throw new MigError('usage', usage);
  if (condition?.trim() === '')
    throw new MigError('usage', `the condition is empty: -nothing removes it; ${usage}`);
  const session = await openSession(options);
  return setCondition(session, await findLoader(session.api, word), condition ?? '');
}
