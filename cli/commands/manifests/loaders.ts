import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findManifest } from '../../manifest/load-manifest.ts';
import { matchingLine, matchingLoaders } from '../../manifest/matching-loaders.ts';
import { openSession } from '../../session.ts';

/** `mig manifests loaders <manifest>`: lists the enabled loaders that the manifest reaches. */
export async function manifestLoadersCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['manifests loaders'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { id } = await findManifest(api, words[0] ?? '');
  const loaders = await matchingLoaders(api, id);
  if (options.json) output.json(JSON.stringify(loaders));
  else for (const loader of loaders) output.answer(matchingLine(loader));
  if (loaders.length === 0) output.note(`the target of manifest ${id} reaches no enabled loader`);
  return EXIT.ok;
}
