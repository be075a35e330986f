import { setLoaderStatus } from '../../../contract/api/loaders.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';
import { confirm } from '../../terminal/ask.ts';
import { findLoader } from './find-loader.ts';

const STATUSES = { enable: 'enabled', disable: 'disabled' } as const;

/** `mig loaders enable|disable <loader>`. Only what would stop an endpoint from being updated is asked about. */
export async function loaderStatusCommand(
  verb: keyof typeof STATUSES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES[`loaders ${verb}`],
    allowed: verb === 'disable' ? ['y'] : [],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { id, name, enabled } = await findLoader(api, words[0] ?? '');
  const status = STATUSES[verb];
  if (enabled === (status === 'enabled')) {
    output.note(`loader ${id} (${name}) is ${status} already: nothing was changed`);
    return EXIT.ok;
  }
  if (verb === 'disable' && !(await confirm(`disable loader ${id} (${name})?`, options)))
    return EXIT.cancelled;
  await api.call(setLoaderStatus, { loaderid: id, status });
  output.answer(`loader ${id} (${name}) is ${status}`);
  return EXIT.ok;
}
