import { errorCode, errorMessage } from '../../contract/errors.ts';
import type { LoaderRow } from '../../platform/postgres/queries/loaders.ts';
import type { ManifestRow } from '../../platform/postgres/queries/manifests.ts';
import { matchLoader } from '../../platform/postgres/queries/targets.ts';
import type { ApiDeps } from '../context.ts';

interface Condition {
  text: string;
  /** Undefined for the expected environment of the loader. */
  manifestId?: number;
}

/**
 * The manifests whose target the loader fulfils; none when its machine is not the expected one. A condition that fails is not
 * fulfilled and is logged: it hinders no other, and the loader does not learn of it.
 */
export async function matchingManifests<M extends Pick<ManifestRow, 'id' | 'target'>>(
  deps: Pick<ApiDeps, 'targets' | 'log'>,
  { loader, manifests }: { loader: Pick<LoaderRow, 'id' | 'expectenv'>; manifests: readonly M[] },
): Promise<M[]> {
  const expected = { text: loader.expectenv ?? 'true' };
  const targets = manifests.map(({ id, target }) => ({ text: target, manifestId: id }));
  const [isExpected, ...matches] = await matchConditions(deps, loader.id, [expected, ...targets]);
  return isExpected ? manifests.filter((_, index) => matches[index]) : [];
}

async function matchConditions(
  { targets, log }: Pick<ApiDeps, 'targets' | 'log'>,
  loaderId: number,
  conditions: readonly Condition[],
): Promise<boolean[]> {
  const match = (some: readonly Condition[]) =>
    matchLoader(targets, { loaderId, conditions: some.map(({ text }) => text) });
  try {
    return await match(conditions);
  } catch (error) {
    if (!isOfCondition(error)) throw error;
  }
  // One after the other, each with a session and a time limit of its own.
  const matches: boolean[] = [];
  for (const condition of conditions) {
    try {
      matches.push(...(await match([condition])));
    } catch (error) {
      if (!isOfCondition(error)) throw error;
      const { manifestId } = condition;
      log.warn({ loaderId, manifestId, error: errorMessage(error) }, 'condition on a loader failed');
      matches.push(false);
    }
  }
  return matches;
}

function isOfCondition(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'target_timeout' || code === 'target_failed';
}
