import { errorMessage, MigError } from '../../../contract/errors.ts';
import { MAX_MANIFEST_BYTES, ManifestView } from '../../../contract/manifest.ts';
import { manifestText } from '../../../contract/rules/manifest.ts';
import { readBoundedText } from '../../../platform/files/read-text.ts';
import { verifySigned } from '../../action/verify-signatures.ts';
import { type CommandLine, parseCommandLine } from '../../command-line.ts';
import { ownGnupgHome } from '../../config.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { loadKeyFiles, loadOwnKeys } from '../../keys/signers.ts';
import { filesOf, findManifest } from '../../manifest/load-manifest.ts';
import { shasumLines } from '../../manifest/manifest-lines.ts';
import { openOutput } from '../../open-output.ts';
import { openSession } from '../../session.ts';

/** `mig manifests verify`: checks the signatures of a manifest with keys of the investigator's own. */
export async function verifyManifestCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['manifests verify'];
  const given = parseCommandLine(args, { usage, flags: { keys: 'string' }, allowed: ['i'], words: [0, 1] });
  const { options, words, value } = given;
  if ((words[0] === undefined) === (options.inputFile === undefined)) throw new MigError('usage', usage);
  const output = openOutput();
  const manifest = await readManifest(given);
  const { signatures } = manifest;
  const files = await filesOf(manifest);
  for (const line of shasumLines(files)) output.note(line);
  if (signatures.length === 0) {
    output.answer(`manifest ${manifest.id} is signed by nobody`);
    return EXIT.refused;
  }
  const keys = value('keys');
  const signers =
    keys === undefined
      ? await loadOwnKeys(ownGnupgHome(options.configFile), { pgpsignatures: signatures })
      : await loadKeyFiles(keys, output);
  const { areGood } = await verifySigned(
    { texts: [manifestText(files)], signatures },
    signers,
    output.answer,
  );
  return areGood ? EXIT.ok : EXIT.refused;
}

async function readManifest({ options, words }: CommandLine): Promise<ManifestView> {
  const { inputFile } = options;
  if (inputFile === undefined) {
    const { api } = await openSession(options);
    return findManifest(api, words[0] ?? '');
  }
  const text = readBoundedText(inputFile, MAX_MANIFEST_BYTES);
  try {
    return ManifestView.parse(JSON.parse(text));
  } catch (cause) {
    throw new MigError(
      'usage',
      `${inputFile}: no record of a manifest, as mig manifests show --json prints it: ${errorMessage(cause).slice(0, 200)}`,
      { cause },
    );
  }
}
