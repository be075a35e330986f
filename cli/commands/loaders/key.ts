import { LoaderView } from '../../../contract/loader.ts';
import { readRecord } from '../../api/find-record.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { findLoader } from './find-loader.ts';
import { printLoaderKey } from './print-key.ts';

/** `mig loaders key <loader>`: replaces the key of a loader and prints the new one. */
export async function loaderKeyCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['loaders key'],
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const { id, name } = await findLoader(session.api, words[0] ?? '');
  if (!(await confirm(`end the present key of loader ${id} (${name})?`, options))) return EXIT.cancelled;
  const answer = await session.api.post('loader/key/', { loaderid: String(id) });
  printLoaderKey(session, readRecord('loader', LoaderView, answer));
  return EXIT.ok;
}
