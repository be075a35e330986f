import { errorMessage } from '../../contract/errors.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readActionFile } from '../action/action-file.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadInvestigators, loadKeyFiles } from '../keys/signers.ts';
import { openOutput, openSession } from '../session.ts';

/**
 * `mig verify <file>`: prints the signers of an action, alone or within a command, and whether every signature is good. The
 * keys are those of the active investigators, or with `-keys` those of a folder, which needs neither a server nor a key.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, words, value } = parseCommandLine(args, {
    usage: USAGES.verify,
    flags: { keys: 'string' },
    words: [1, 1],
  });
  const [file = ''] = words;
  const keys = value('keys');
  const output = openOutput();
  const { action, isWrapped } = readActionFile(file);
  if (isWrapped) output.note('only the action is signed, not what else the file contains');
  const signers =
    keys === undefined
      ? await loadInvestigators(await openSession(options), action)
      : await loadKeyFiles(keys, output);
  const areSignaturesGood = await verifySignatures(action, signers, output.answer);
  try {
    checkAction(action, Date.now());
    return areSignaturesGood ? EXIT.ok : EXIT.refused;
  } catch (error) {
    output.answer(`[error] ${errorMessage(error)}`);
    return EXIT.refused;
  }
}
