import { parseCommandLine } from '../../command-line.ts';
import { USAGES } from '../../help/usages.ts';
import { findLoader } from '../../loaders/find-loader.ts';
import { setLoaderStatus } from '../../loaders/set-status.ts';
import { openSession } from '../../session.ts';

const STATUSES = { enable: 'enabled', disable: 'disabled' } as const;

/** `mig loaders enable|disable <loader>`. */
export async function loaderStatusCommand(
  verb: keyof typeof STATUSES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`loaders ${verb}`],
    allowed: verb === 'disable' ? ['y'] : [],
    words: [1, 1],
  });
  const session = await openSession(options);
  return setLoaderStatus(session, await findLoader(session.api, words[0] ?? ''), STATUSES[verb]);
}
