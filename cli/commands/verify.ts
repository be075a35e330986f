import { errorMessage, MigError } from '../../contract/errors.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { readActionFile } from '../action/action-file.ts';
import { verifySignatures } from '../action/verify-signatures.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { loadInvestigators, loadKeyFiles } from '../keys/signers.ts';
import { openOutput, openSession } from '../session.ts';

/**
 * `mig verify <file>`: who signed an action, alone or within a command, and whether every signature is good. The keys
 * are those of the active investigators; with `-keys` those of a folder, and neither server nor key of one's own is needed.
 */
export async function verifyCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { flags: { keys: 'string' } });
  const { file, keys } = parseVerifyFlags(rest);
  const output = openOutput();
  const { action, isWithin } = readActionFile(file);
  if (isWithin) output.say('only the action is signed; nobody signs what else the file says');
  const signers =
    keys === undefined
      ? await loadInvestigators(await openSession(options), action)
      : await loadKeyFiles(keys, output);
  const areSignaturesGood = await verifySignatures(action, signers, output);
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
  for (let i = 0; i < args.length; i++) {
    const word = args[i] ?? '';
    const flag = /^--?keys(?:=(.*))?$/s.exec(word);
    if (!flag) {
      files.push(word);
      continue;
    }
    if (keys !== undefined) throw new MigError('usage', `-keys is given twice; ${USAGES.verify}`);
    keys = flag[1] ?? args[++i] ?? '';
  }
  const [file, extra] = files;
  if (file === undefined || extra !== undefined || file.startsWith('-') || keys === '')
    throw new MigError('usage', USAGES.verify);
  return { file, keys };
}
