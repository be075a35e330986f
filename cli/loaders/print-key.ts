import type { LoaderView } from '../../contract/loader.ts';
import type { CliSession } from '../session.ts';

/** Prints the key of a loader as its file has it: alone on stdout, and once. */
export function printLoaderKey(
  { output, options }: Pick<CliSession, 'output' | 'options'>,
  loader: LoaderView,
): void {
  const { id, name, prefix, key } = loader;
  if (options.json) output.json(JSON.stringify(loader));
  else output.answer(`${prefix}${key}`);
  output.note(
    `this is the key of loader ${id} (${name}), which nobody can read again: store it now, mode 0600`,
  );
  output.note('on the endpoint it is the first line of mig-loader.key');
}
