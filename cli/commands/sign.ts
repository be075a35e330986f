import { MigError } from '../../contract/errors.ts';
import { loadAction } from '../action/action-file.ts';
import { launch } from '../action/launch.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';

/** `mig sign <file>`: adds the investigator's signature and prints the action. */
export async function signCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { allowed: ['y'] });
  const [file, extra] = rest;
  if (file === undefined || extra !== undefined) throw new MigError('usage', USAGES.sign);
  const session = await openSession({ ...options, signOnly: true, inputFile: file });
  return launch(session, loadAction(file, options, session.config.macros));
}
