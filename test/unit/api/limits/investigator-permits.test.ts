import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInvestigatorPermits } from '../../../../api/limits/investigator-permits.ts';

test('no investigator holds more than `max` permits, or waits for those of another', async () => {
  const steps = fc.array(fc.record({ investigator: fc.integer({ min: 1, max: 3 }), isTake: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (max, run) => {
      const permits = createInvestigatorPermits({ max, resources: 'things', waitMs: 60_000 });
      const held = new Map<number, (() => void)[]>([1, 2, 3].map((id) => [id, []]));
      const asked = new Map<number, number>([1, 2, 3].map((id) => [id, 0]));
      for (const { investigator, isTake } of run) {
        const mine = held.get(investigator) as (() => void)[];
        if (isTake) {
          asked.set(investigator, (asked.get(investigator) as number) + 1);
          void permits.acquire(investigator).then((release) => mine.push(release));
        } else if (mine.length > 0) {
          asked.set(investigator, (asked.get(investigator) as number) - 1);
          mine.pop()?.();
        }
        await nextTurn();
        expect(mine.length).toBe(Math.min(max, asked.get(investigator) as number));
      }
      // Grants all pending requests, so that no timer outlives the test.
      for (const [id, mine] of held) {
        while ((asked.get(id) as number) > 0) {
          asked.set(id, (asked.get(id) as number) - 1);
          mine.pop()?.();
          await nextTurn();
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('a request is refused as overloaded when no permit becomes free in time', async () => {
  const permits = createInvestigatorPermits({ max: 1, resources: 'searches', waitMs: 1 });
  const release = await permits.acquire(7);
  await expect(permits.acquire(7)).rejects.toMatchObject({ code: 'overloaded', message: /1 searches open/ });
  await expect(permits.acquire(8)).resolves.toBeTypeOf('function');
  release();
  await expect(permits.acquire(7)).resolves.toBeTypeOf('function');
});
