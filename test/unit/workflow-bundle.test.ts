import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadWorkflowBundle } from '../../worker/bundle.ts';

test('the workflow bundle stays small, without zod and openpgp', async () => {
  const [code = ''] = readFileSync(await loadWorkflowBundle(), 'utf8').split('//# sourceMappingURL');
  expect(code.length).toBeLessThan(650_000);
  expect(code).not.toMatch(/ZodError|BEGIN PGP/);
});
