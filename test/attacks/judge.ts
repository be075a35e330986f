import { errorMessage } from '../../contract/errors.ts';
import type { Attack, Outcome, Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

/** Tries one attack; afterwards the platform must still answer, and carry a whole action where the attack says so. */
export async function judge(rig: Rig, attack: Attack): Promise<Outcome> {
  const { name, holder, wall } = attack;
  const { isStopped, how } = await tryAttack(rig, attack);
  const proof = attack.isProvenByAction ? rig.expectServing() : rig.expectAlive();
  const broken = await proof.then(() => undefined, errorMessage);
  if (broken !== undefined)
    return { name, holder, wall, isStopped: false, how: `afterwards: ${broken} (${how})` };
  return { name, holder, wall, isStopped, how };
}

/** What cannot be observed counts as a success of the attacker. */
async function tryAttack(rig: Rig, attack: Attack): Promise<Verdict> {
  try {
    return await attack.run(rig);
  } catch (error) {
    return { isStopped: false, how: `not observed: ${errorMessage(error)}` };
  }
}
