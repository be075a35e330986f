import { type Action, moduleNames } from '../../contract/action.ts';
import { errorMessage } from '../../contract/errors.ts';
import { isWeightEnough, weightsFor } from '../../contract/rules/acl-weights.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readAclFile } from '../acl/find-acl.ts';
import { weightLines } from '../acl/weight-lines.ts';
import { readActionFile } from '../action/action-file.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadInvestigators, loadKeyFiles, type Signers } from '../keys/signers.ts';
import { openOutput } from '../open-output.ts';
import { openSession } from '../session.ts';
import type { Output } from '../terminal/output.ts';

/**
 * `mig verify <file>`: prints the signers of an action, alone or within a command, and whether every signature is good. The
 * keys are those of the active investigators, or with `-keys` those of a folder, which needs neither a server nor a key.
 * With `-acl` prints what the signers weigh, too.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES.verify,
    flags: { keys: 'string', acl: 'string' },
    words: [1, 1],
  });
  const keys = value('keys');
  const output = openOutput();
  return verifyFile(words[0] ?? '', output, {
    aclFile: value('acl'),
    loadSigners: async (action) =>
      keys === undefined ? loadInvestigators(await openSession(options), action) : loadKeyFiles(keys, output),
  });
}

interface Verifying {
  loadSigners: (action: Action) => Promise<Signers>;
  /** An ACL file, to say what the signers weigh in it. */
  aclFile: string | undefined;
}

/** Prints who signed the action in a file, and whether it is valid now. Returns the exit code. */
export async function verifyFile(
  file: string,
  output: Output,
  { loadSigners, aclFile }: Verifying,
): Promise<number> {
  const known = aclFile === undefined ? undefined : readAclFile(aclFile);
  const { action, isWrapped } = readActionFile(file);
  if (isWrapped) output.note('only the action is signed, not what else the file contains');
  const { areGood, fingerprints } = await verifySignatures(action, await loadSigners(action), output.answer);
  const weights = known ? weightsFor(known.acl, { modules: moduleNames(action), fingerprints }) : [];
  for (const line of weightLines(weights)) output.answer(line);
  try {
    checkAction(action, Date.now());
    return areGood && isWeightEnough(weights) ? EXIT.ok : EXIT.refused;
  } catch (error) {
    output.answer(`[error] ${errorMessage(error)}`);
    return EXIT.refused;
  }
}
