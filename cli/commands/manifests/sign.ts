import { MigError } from '../../../contract/errors.ts';
import { manifestText } from '../../../contract/rules/manifest.ts';
import { confirmSignature } from '../../action/review.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { requireSameFiles } from '../../manifest/compare-files.ts';
import { findManifest, loadManifest } from '../../manifest/load-manifest.ts';
import { fileLines } from '../../manifest/manifest-lines.ts';
import { printManifestSigners } from '../../manifest/manifest-signers.ts';
import { readManifestFiles } from '../../manifest/read-files.ts';
import { openSession } from '../../session.ts';

/** `mig manifests sign <manifest>`: shows what loaders would install, and adds the investigator's signature. */
export async function signManifestCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES['manifests sign'],
    flags: { from: 'string' },
    allowed: ['y'],
    words: [1, 1],
  });
  const from = value('from');
  const own = from === undefined ? undefined : await readManifestFiles(from);
  const session = await openSession(options);
  const { api, output, signer } = session;
  const { manifest, files } = await loadManifest(api, words[0] ?? '');
  const { id, name, status, target } = manifest;
  if (status === 'disabled') throw new MigError('conflict', `manifest ${id} (${name}) is disabled for good`);
  if (own !== undefined) requireSameFiles(files, own.files);
  output.note(`manifest   ${id}: ${name}, ${status}`);
  output.note(`target     ${target} (not part of what is signed)`);
  for (const line of fileLines(files)) output.note(`file       ${line}`);
  await printManifestSigners(session, { manifest, files }, output.note);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const signature = await signer.sign(manifestText(files));
  await api.post('manifest/sign/', { manifestid: String(id), signature });
  const after = await findManifest(api, String(id));
  output.answer(`manifest ${id} (${name}) signed: it is ${after.status}`);
  if (after.status === 'staged') output.note('it needs more signatures before any loader gets it');
  return EXIT.ok;
}
