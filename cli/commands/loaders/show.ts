import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findLoader } from '../../loaders/find-loader.ts';
import { openSession } from '../../session.ts';
import { loaderLines } from '../../show/show-loader.ts';

/** `mig loaders show <loader>`. */
export async function showLoaderCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['loaders show'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const loader = await findLoader(api, words[0] ?? '');
  if (options.json) output.json(JSON.stringify(loader));
  else for (const line of loaderLines(loader)) output.answer(line);
  return EXIT.ok;
}
