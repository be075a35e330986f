import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { findLoader } from '../../loaders/find-loader.ts';
import { renewKey } from '../../loaders/renew-key.ts';
import { openSession } from '../../session.ts';

/** `mig loaders key <loader>`: replaces the key of a loader and prints the new one. */
export async function loaderKeyCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['loaders key'],
    allowed: ['y', 'json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  return renewKey(session, await findLoader(session.api, words[0] ?? ''));
}
