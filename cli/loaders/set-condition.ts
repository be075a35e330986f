import { setLoaderCondition } from '../../contract/api/loaders.ts';
import type { LoaderView } from '../../contract/loader.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';

/** Sets what the machine of a loader must be; an empty condition removes it. Returns the exit code. */
export async function setCondition(
  { api, output }: CliSession,
  { id, name }: LoaderView,
  condition: string,
): Promise<number> {
  await api.call(setLoaderCondition, { loaderid: id, expectenv: condition });
  output.answer(`loader ${id} (${name}) expects ${condition || 'nothing'}`);
  return EXIT.ok;
}
