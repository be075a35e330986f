import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { createLoader } from '../../loaders/create-loader.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import { openSession } from '../../session.ts';

/** `mig loaders create <name>`: registers a loader and prints its key. */
export async function createLoaderCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['loaders create'],
    flags: { expect: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const name = checkedRecordName('loader', words[0]);
  return createLoader(await openSession(options), { name, expectenv: value('expect') ?? '' });
}
