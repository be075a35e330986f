import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { filesOf, findManifest } from '../../manifest/load-manifest.ts';
import { fileLines } from '../../manifest/manifest-lines.ts';
import { printManifestSigners } from '../../manifest/manifest-signers.ts';
import { openSession } from '../../session.ts';

/** `mig manifests show <manifest>`: prints what it is, and who has signed it. */
export async function showManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['manifests show'],
    allowed: ['json'],
    words: [1, 1],
  });
  const session = await openSession(options);
  const { output } = session;
  const manifest = await findManifest(session.api, words[0] ?? '');
  if (options.json) {
    output.json(JSON.stringify(manifest));
    return EXIT.ok;
  }
  const files = await filesOf(manifest);
  output.answer(`manifest ${manifest.id}: ${manifest.name}`, 'bold');
  output.answer(`  status  ${manifest.status}`);
  output.answer(`  target  ${manifest.target}`);
  output.answer(`  made    ${manifest.timestamp}`);
  for (const line of fileLines(files)) output.answer(`  ${line}`);
  await printManifestSigners(session, { manifest, files }, (line) => output.answer(`  ${line}`));
  return EXIT.ok;
}
