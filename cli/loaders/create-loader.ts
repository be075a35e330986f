import { createLoader as createRoute } from '../../contract/api/loaders.ts';
import { shellWord } from '../../contract/text/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { printLoaderKey } from './print-key.ts';

/** Registers a loader and prints its key. Returns the exit code. */
export async function createLoader(
  session: CliSession,
  { name, expectenv }: { name: string; expectenv: string },
): Promise<number> {
  const { loader } = await session.api.call(createRoute, { loader: { name, expectenv } });
  printLoaderKey(session, loader);
  session.output.note(
    `the loader is disabled: mig loaders enable ${shellWord(name)} lets it fetch manifests`,
  );
  return EXIT.ok;
}
