import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadManifest } from '../../manifest/load-manifest.ts';
import { fileLines, shasumLines } from '../../manifest/manifest-lines.ts';
import { openSession } from '../../session.ts';

/** `mig manifests files <manifest>`: lists its files with hash and size. */
export async function manifestFilesCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['manifests files'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { files } = await loadManifest(api, words[0] ?? '');
  if (options.json)
    output.json(JSON.stringify(files.map(({ name, sha256, size }) => ({ name, sha256, size }))));
  else for (const line of fileLines(files)) output.answer(line);
  return EXIT.ok;
}

/** `mig manifests shasum <manifest>`: the files as sha256sum prints them. */
export async function shasumCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES['manifests shasum'], words: [1, 1] });
  const { api, output } = await openSession(options);
  const { files } = await loadManifest(api, words[0] ?? '');
  for (const line of shasumLines(files)) output.answer(line);
  return EXIT.ok;
}
