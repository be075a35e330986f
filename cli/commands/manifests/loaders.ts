import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findManifest } from '../../manifest/load-manifest.ts';
import { matchingLoaders } from '../../manifest/matching-loaders.ts';
import { LOADER_TABLE } from '../../records/other-tables.ts';
import { openSession } from '../../session.ts';
import { FORMAT_FLAGS, readFormat } from '../../terminal/output-format.ts';
import { createRecordList } from '../../terminal/record-list.ts';

/** `mig manifests loaders <manifest>`: lists the enabled loaders that the manifest reaches. */
export async function manifestLoadersCommand(args: readonly string[]): Promise<number> {
  const given = parseCommandLine(args, {
    usage: USAGES['manifests loaders'],
    flags: FORMAT_FLAGS,
    allowed: ['json'],
    words: [1, 1],
  });
  const format = readFormat(given);
  const { api, output } = await openSession(given.options);
  const { id } = await findManifest(api, given.words[0] ?? '');
  const loaders = await matchingLoaders(api, id);
  const list = createRecordList({ output, format, table: LOADER_TABLE });
  for (const loader of loaders) await list.add(loader);
  list.end();
  if (loaders.length === 0) output.note(`the target of manifest ${id} reaches no enabled loader`);
  return EXIT.ok;
}
