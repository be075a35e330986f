import { LoaderView } from '../../../contract/loader.ts';
import { shellWord } from '../../../contract/text/shell-word.ts';
import { readRecord } from '../../api/find-record.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { checkedRecordName } from '../../records/record-name.ts';
import { openSession } from '../../session.ts';
import { printLoaderKey } from './print-key.ts';

/** `mig loaders create <name>`: registers a loader and prints its key. */
export async function createLoaderCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['loaders create'],
    flags: { expect: 'string' },
    allowed: ['json'],
    words: [1, 1],
  });
  const name = checkedRecordName('loader', words[0]);
  const session = await openSession(options);
  const loader = JSON.stringify({ name, expectenv: value('expect') ?? '' });
  const created = readRecord('loader', LoaderView, await session.api.post('loader/new/', { loader }));
  printLoaderKey(session, created);
  session.output.note(
    `the loader is disabled: mig loaders enable ${shellWord(name)} lets it fetch manifests`,
  );
  return EXIT.ok;
}
