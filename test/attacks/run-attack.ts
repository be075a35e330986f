import { errorMessage } from '../../contract/errors.ts';
import type { Attack, Outcome, Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

/** Tries one attack, and checks afterwards that the platform still works. */
export async function runAttack(rig: Rig, attack: Attack): Promise<Outcome> {
  const { name, holder, wall } = attack;
  const { isStopped, how } = await tryAttack(rig, attack);
  const proof = attack.isProvenByAction ? rig.expectServing() : rig.expectAlive();
  const broken = await proof.then(() => undefined, errorMessage);
  if (broken !== undefined)
    return { name, holder, wall, isStopped: false, how: `afterwards: ${broken} (${how})` };
  return { name, holder, wall, isStopped, how };
}

/** An attack that cannot be observed counts as successful. */
async function tryAttack(rig: Rig, attack: Attack): Promise<Verdict> {
  try {
    return await attack.run(rig);
  } catch (error) {
    return { isStopped: false, how: `not observed: ${errorMessage(error)}` };
  }
}
