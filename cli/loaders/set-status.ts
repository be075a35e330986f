import { setLoaderStatus as setStatusRoute } from '../../contract/api/loaders.ts';
import type { LoaderView } from '../../contract/loader.ts';
import type { LOADER_STATUSES } from '../../contract/statuses.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';

/**
 * Enables or disables a loader. Only what would stop an endpoint from being updated is asked about. Returns the exit code.
 */
export async function setLoaderStatus(
  session: CliSession,
  { id, name, enabled }: LoaderView,
  status: (typeof LOADER_STATUSES)[number],
): Promise<number> {
  const { api, output } = session;
  if (enabled === (status === 'enabled')) {
    output.note(`loader ${id} (${name}) is ${status} already: nothing was changed`);
    return EXIT.ok;
  }
  if (status === 'disabled' && !(await confirm(`disable loader ${id} (${name})?`, session)))
    return EXIT.cancelled;
  await api.call(setStatusRoute, { loaderid: id, status });
  output.answer(`loader ${id} (${name}) is ${status}`);
  return EXIT.ok;
}
