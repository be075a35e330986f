import { errorCode, errorMessage } from '../../../contract/errors.ts';
import { LoaderView } from '../../../contract/loader.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import type { ApiClient } from '../../api/api-client.ts';
import { readRecord } from '../../api/find-record.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { findManifest } from '../../manifest/load-manifest.ts';
import { type CliSession, openSession } from '../../session.ts';

/** The most loaders that are listed after an upload. */
const SHOWN = 10;

/** `mig manifests loaders <manifest>`: lists the enabled loaders that the manifest reaches. */
export async function manifestLoadersCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, {
    usage: USAGES['manifests loaders'],
    allowed: ['json'],
    words: [1, 1],
  });
  const { api, output } = await openSession(options);
  const { id } = await findManifest(api, words[0] ?? '');
  const loaders = await matchingLoaders(api, id);
  if (options.json) output.json(JSON.stringify(loaders));
  else for (const loader of loaders) output.answer(lineOf(loader));
  if (loaders.length === 0) output.note(`the target of manifest ${id} reaches no enabled loader`);
  return EXIT.ok;
}

/** Tells which loaders a new manifest will reach. It exists already, so a problem is no error. */
export async function noteMatchingLoaders({ api, output }: CliSession, manifestId: number): Promise<void> {
  try {
    const loaders = await matchingLoaders(api, manifestId);
    output.note(`its target reaches ${countOf(loaders.length, 'enabled loader')} now`);
    for (const loader of loaders.slice(0, SHOWN)) output.note(`  ${lineOf(loader)}`);
    if (loaders.length > SHOWN) output.note(`  … mig manifests loaders ${manifestId} lists them all`);
  } catch (error) {
    if (errorCode(error) === 'internal') throw error;
    output.note(`its loaders cannot be listed: ${errorMessage(error)}`);
  }
}

async function matchingLoaders(api: Pick<ApiClient, 'list'>, manifestId: number): Promise<LoaderView[]> {
  const items = await api.list(`manifest/loaders/?manifestid=${manifestId}`);
  return items.map(({ value }) => readRecord('loader', LoaderView, value));
}

function lineOf({ id, name, agentname, lastseen }: LoaderView): string {
  return `${id}  ${name}  ${agentname === '' ? 'not used yet' : `${agentname}, at ${lastseen}`}`;
}
