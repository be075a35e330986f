import type { Operation } from '../action.ts';
import { MigError } from '../errors.ts';
import { timestampFromMillis, unixMillis } from '../go/time.ts';
import { operationsJson, type SignedParts } from '../rules/signed-text.ts';
import type { Sweep, SweepCheck } from './document.ts';
import { compressOperations, planSweep } from './plan.ts';

/** An endpoint's clock may be behind: the window begins this long before the planned time, as MIG's clients do. */
const EARLY_MS = 60_000;
/** A window may begin this long before its planned time, and no earlier. */
const MAX_EARLY_MS = 10 * 60_000;

/** The operations of each action of a run, as JSON text to sign. The parameters are compressed. */
export function signableOperations(checks: readonly SweepCheck[]): string[] {
  return planSweep(checks).map(({ operations }) => operationsJson(compressOperations(operations)));
}

/** The actions of one run, as an investigator signs them: what is asked, of whom, and in which window. */
export function runActions(
  sweep: Pick<Sweep, 'name' | 'target' | 'validity'>,
  { plannedat, operations }: { plannedat: string; operations: readonly string[] },
): SignedParts[] {
  const plannedMs = unixMillis(plannedat);
  return operations.map((text, index) => ({
    name: `sweep ${sweep.name}, ${plannedat}${operations.length > 1 ? `, part ${index + 1}` : ''}`,
    target: sweep.target,
    validfrom: timestampFromMillis(plannedMs - EARLY_MS),
    expireafter: timestampFromMillis(plannedMs + sweep.validity),
    operations: JSON.parse(text) as Operation[],
  }));
}

/** Throws `action_window` for a window wider than the sweep says: a signature must not allow more than one run. */
export function requireWindow(
  part: Pick<SignedParts, 'validfrom' | 'expireafter'>,
  { plannedat, validity }: { plannedat: string; validity: number },
): void {
  const plannedMs = unixMillis(plannedat);
  const fromMs = unixMillis(part.validfrom);
  const toMs = unixMillis(part.expireafter);
  const beginsInTime = fromMs >= plannedMs - MAX_EARLY_MS && fromMs <= plannedMs;
  const endsInTime = toMs > plannedMs && toMs <= plannedMs + validity;
  if (beginsInTime && endsInTime) return;
  throw new MigError(
    'action_window',
    `the window of the run planned at ${plannedat} must begin up to 10 minutes before, and end within its validity`,
  );
}
