import { listManifestLoaders } from '../../contract/api/manifests.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import type { LoaderView } from '../../contract/loader.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';

/** The most loaders that are listed after an upload. */
const SHOWN = 10;

/** Tells which loaders a new manifest will reach. It exists already, so a problem is no error. */
export async function noteMatchingLoaders({ api, output }: CliSession, manifestId: number): Promise<void> {
  try {
    const loaders = await matchingLoaders(api, manifestId);
    output.note(`its target reaches ${countOf(loaders.length, 'enabled loader')} now`);
    for (const loader of loaders.slice(0, SHOWN)) output.note(`  ${matchingLine(loader)}`);
    if (loaders.length > SHOWN) output.note(`  … mig manifests loaders ${manifestId} lists them all`);
  } catch (error) {
    if (errorCode(error) === 'internal') throw error;
    output.note(`its loaders cannot be listed: ${errorMessage(error)}`);
  }
}

/** The enabled loaders that a manifest reaches. */
export async function matchingLoaders(
  api: Pick<ApiClient, 'call'>,
  manifestid: number,
): Promise<LoaderView[]> {
  return (await api.call(listManifestLoaders, { manifestid })).loaders;
}

/** A loader in a list. */
export function matchingLine({ id, name, agentname, lastseen }: LoaderView): string {
  return `${id}  ${name}  ${agentname === '' ? 'not used yet' : `${agentname}, at ${lastseen}`}`;
}
