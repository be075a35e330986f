import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchPlan } from '../../../../contract/sweep/match-plan.ts';
import { compressOperations, type PlanPart } from '../../../../contract/sweep/plan.ts';

/** A part with one check, which asks for one folder. */
function partOf(folder: string): PlanPart {
  const operation = { module: 'file', parameters: { searches: { s: { paths: [folder] } } } };
  const check = {
    id: folder,
    action: { operations: [operation] },
  } as unknown as PlanPart['checks'][0]['check'];
  return { operations: [operation], checks: [{ check, pieces: [] }] };
}

const folder = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 2 });

test('every check of the plan is either answered by an action with the same operations, or lost', () => {
  fc.assert(
    fc.property(fc.array(folder, { maxLength: 4 }), fc.array(folder, { maxLength: 4 }), (planned, signed) => {
      const launched = signed.map((name, part) => ({
        part,
        operations: compressOperations(partOf(name).operations),
      }));
      const { parts, lost } = matchPlan(planned.map(partOf), launched);
      const expected = planned.map((name, part) => [part, name] as const);
      expect([...parts].map(([part, { checks }]) => [part, checks[0]?.check.id])).toEqual(
        expected.filter(([part, name]) => signed[part] === name),
      );
      expect(lost.map(({ id }) => id)).toEqual(
        expected.filter(([part, name]) => signed[part] !== name).map(([, name]) => name),
      );
    }),
  );
});
