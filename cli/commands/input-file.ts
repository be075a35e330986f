import { MigError } from '../../contract/errors.ts';
import { loadAction } from '../action/action-file.ts';
import { investigateFurther, type RunLine } from '../action/follow-up.ts';
import { launch } from '../action/launch.ts';
import { ACTION_OPTIONS, parseGlobalOptions } from '../arguments.ts';
import { openSeen } from '../questions/seen.ts';
import { openSession } from '../session.ts';

/** `mig -i <file>`: signs an action from a file, in addition to its earlier signers, and launches it. */
export async function inputFileCommand(args: readonly string[], run: RunLine): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { allowed: ['i', ...ACTION_OPTIONS] });
  if (options.inputFile === undefined) throw new MigError('usage', 'mig -i needs a file; see mig help');
  if (rest.length > 0)
    throw new MigError('usage', `unexpected word ${JSON.stringify(rest[0])}; see mig help`);
  if (options.target === 'local') throw new MigError('usage', '-i and -t local cannot be used together');
  const session = await openSession(options);
  const action = loadAction(options.inputFile, options, session.config.macros);
  return launch(session, action, { send: investigateFurther(run, () => openSeen(session).names()) });
}
