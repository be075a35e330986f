import type { Action } from '../../contract/action.ts';
import type { Brakes } from '../../contract/brakes.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { windowsAt } from '../../contract/rules/brakes/windows.ts';

/** Refuses brakes that an action cannot have: on an upgrade, or with no window before it expires. */
export function checkBrakes(
  { windows }: Brakes,
  action: Pick<Action, 'validfrom' | 'expireafter'> & { operations: readonly { module: string }[] },
  nowMs: number,
): void {
  if (action.operations.some(({ module }) => module === 'upgrade')) {
    throw new MigError(
      'parameter_invalid',
      'brakes: an upgrade has a canary, a pace and a limit of failures of its own (docs/upgrades.md)',
    );
  }
  if (windows === undefined) return;
  const { isOpen, changesAtMs } = windowsAt(windows, Math.max(nowMs, unixMillis(action.validfrom)));
  if (isOpen || (changesAtMs !== undefined && changesAtMs < unixMillis(action.expireafter))) return;
  throw new MigError(
    'parameter_invalid',
    `brakes: windows: none opens before the action expires at ${action.expireafter}`,
  );
}
