import { signManifest as signRoute } from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import { manifestText } from '../../contract/rules/manifest.ts';
import { confirmSignature } from '../action/review.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { findManifest, type LoadedManifest } from './load-manifest.ts';
import { fileLines } from './manifest-lines.ts';
import { printManifestSigners } from './manifest-signers.ts';

/** Shows what loaders would install, asks, and adds the investigator's signature. Returns the exit code. */
export async function signManifest(session: CliSession, loaded: LoadedManifest): Promise<number> {
  const { api, output, signer } = session;
  const { manifest, files } = loaded;
  const { id, name, status, target } = manifest;
  if (status === 'disabled') throw new MigError('conflict', `manifest ${id} (${name}) is disabled for good`);
  output.note(`manifest   ${id}: ${name}, ${status}`);
  output.note(`target     ${target} (not part of what is signed)`);
  for (const line of fileLines(files)) output.note(`file       ${line}`);
  await printManifestSigners(session, loaded, output.note);
  if (!(await confirmSignature(session))) return EXIT.cancelled;
  const signature = await signer.sign(manifestText(files));
  await api.call(signRoute, { manifestid: id, signature });
  const after = await findManifest(api, String(id));
  output.answer(`manifest ${id} (${name}) signed: it is ${after.status}`);
  if (after.status === 'staged') output.note('it needs more signatures before any loader gets it');
  return EXIT.ok;
}
