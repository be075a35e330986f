import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Outcome } from '../attacks/attack.ts';
import { ATTACKS } from '../attacks/list.ts';
import { openRig, type Rig } from '../attacks/rig.ts';
import { runAttack } from '../attacks/run-attack.ts';

declare module 'vitest' {
  interface TaskMeta {
    attack?: Outcome;
  }
}

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig?.[Symbol.asyncDispose]());

test('there are many attacks, each with a name of its own', () => {
  const names = ATTACKS.map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(80);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

// A template of test.each would truncate the names, and --only would not find them.
for (const attack of ATTACKS) {
  test(attack.name, async ({ task }) => {
    const outcome = await runAttack(rig, attack);
    task.meta.attack = outcome;
    expect(outcome.isStopped, outcome.how).toBe(true);
  });
}
