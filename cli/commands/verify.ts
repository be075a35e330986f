import { errorMessage, MigError } from '../../contract/errors.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readActionFile } from '../action/action-file.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadInvestigators, loadKeyFiles } from '../keys/signers.ts';
import { openOutput, openSession } from '../session.ts';

/**
 * `mig verify <file>`: prints the signers of an action, alone or within a command, and whether every signature is good. The
 * keys are those of the active investigators, or with `-keys` those of a folder, which needs neither a server nor a key.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { flags: { keys: 'string' } });
  const { file, keys } = parseVerifyFlags(rest);
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

export function parseVerifyFlags(args: readonly string[]): { file: string; keys: string | undefined } {
  const files: string[] = [];
  let keys: string | undefined;
  const words = [...args];
  while (words[0] !== undefined) {
    const word = words[0];
    words.shift();
    const flag = /^--?keys(?:=(.*))?$/s.exec(word);
    if (!flag) {
      files.push(word);
      continue;
    }
    if (keys !== undefined) throw new MigError('usage', `-keys is given twice; ${USAGES.verify}`);
    keys = flag[1] ?? words.shift();
    if (keys === undefined) throw new MigError('usage', USAGES.verify);
  }
  const [file, extra] = files;
  if (file === undefined || extra !== undefined || file.startsWith('-') || keys === '')
    throw new MigError('usage', USAGES.verify);
  return { file, keys };
}
