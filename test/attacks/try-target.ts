import { signedAction } from '../../dev/api-caller.ts';
import { brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

/** Tries a target in a search, which runs it at once, and in an action, which stores it. */
export async function tryTarget(rig: Rig, target: string): Promise<Verdict> {
  const startedAt = performance.now();
  const search = await rig.bob.get(`/search?type=agent&target=${encodeURIComponent(target)}`);
  const searchMs = performance.now() - startedAt;
  const action = await rig.bob.form('/action/create/', {
    action: await signedAction([rig.bob.key], { name: 'hostile target', target }),
  });
  const { rows } = await rig.pool.query('SELECT 1 FROM actions WHERE target = $1', [target]);
  const codes = [search, action].map(({ status, body }) => `${status} ${body?.collection?.error?.code}`);
  const areRefused = codes.every((code) => /^(400 target_syntax|403 target_forbidden)$/.test(code));
  return stoppedIf(
    areRefused && rows.length === 0 && searchMs < 5_000,
    brief(`search ${codes[0]}, action ${codes[1]}: ${action.body?.collection?.error?.message ?? ''}`),
  );
}
