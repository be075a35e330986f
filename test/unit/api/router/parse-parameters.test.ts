import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseParameters } from '../../../../api/router/parse-parameters.ts';
import { ROUTES } from '../../../../contract/api/all-routes.ts';
import type { Route } from '../../../../contract/api/route.ts';
import { MigError } from '../../../../contract/errors.ts';

const everyParameter = Object.entries<Route>(ROUTES).flatMap(([route, description]) =>
  Object.keys(description.parameters.shape).map((name) => ({ route, name, description })),
);

/** MIG's own sentences name the record, or the word, in place of the parameter. */
const OF_MIG = /^Invalid (\w+ ID|status specified|Time format)/i;

/** Texts that people and programs send by mistake, and any others. */
const anyText = fc.oneof(
  fc.constantFrom('', ' ', '{', '[1', '{}', '[]', '"', 'null', 'NaN', '-1', '0', '1e999', 'yes', 'a,b', '\\'),
  fc.string({ maxLength: 20 }),
  fc.json({ maxDepth: 2 }),
);

test('a parameter that is refused is named, in every route', () => {
  let refusals = 0;
  for (const { route, name, description } of everyParameter) {
    fc.assert(
      fc.property(anyText, (text) => {
        const given = { [name]: text };
        const isGood = description.parameters.shape[name]?.safeParse(text).success;
        if (isGood || (description.method === 'GET' && text === '')) return;
        refusals++;
        const problems = problemsOf(description, given);
        expect(
          problems.some((problem) => problem.startsWith(`${name}: `) || OF_MIG.test(problem)),
          `${route} ${name}=${JSON.stringify(text)}: ${problems.join(' | ')}`,
        ).toBe(true);
      }),
      { numRuns: 30 },
    );
  }
  expect(refusals).toBeGreaterThan(everyParameter.length);
});

function problemsOf(description: Route, given: Record<string, string>): string[] {
  try {
    parseParameters(description, given);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return error.message.split('; ');
  }
  return [];
}
