import { renewLoaderKey } from '../../contract/api/loaders.ts';
import type { LoaderView } from '../../contract/loader.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { printLoaderKey } from './print-key.ts';

/** Replaces the key of a loader after a question, and prints the new one. Returns the exit code. */
export async function renewKey(session: CliSession, { id, name }: LoaderView): Promise<number> {
  if (!(await confirm(`end the present key of loader ${id} (${name})?`, session))) return EXIT.cancelled;
  const { loader } = await session.api.call(renewLoaderKey, { loaderid: id });
  printLoaderKey(session, loader);
  return EXIT.ok;
}
