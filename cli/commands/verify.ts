import type { Action } from '../../contract/action.ts';
import { errorMessage } from '../../contract/errors.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readActionFile } from '../action/action-file.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import { parseCommandLine } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadInvestigators, loadKeyFiles, type Signers } from '../keys/signers.ts';
import { openOutput, openSession } from '../session.ts';
import type { Output } from '../terminal/output.ts';

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
  const keys = value('keys');
  const output = openOutput();
  return verifyFile(words[0] ?? '', output, async (action) =>
    keys === undefined ? loadInvestigators(await openSession(options), action) : loadKeyFiles(keys, output),
  );
}

/** Prints who signed the action in a file, and whether it is valid now. Returns the exit code. */
export async function verifyFile(
  file: string,
  output: Output,
  loadSigners: (action: Action) => Promise<Signers>,
): Promise<number> {
  const { action, isWrapped } = readActionFile(file);
  if (isWrapped) output.note('only the action is signed, not what else the file contains');
  const { areGood } = await verifySignatures(action, await loadSigners(action), output.answer);
  try {
    checkAction(action, Date.now());
    return areGood ? EXIT.ok : EXIT.refused;
  } catch (error) {
    output.answer(`[error] ${errorMessage(error)}`);
    return EXIT.refused;
  }
}
