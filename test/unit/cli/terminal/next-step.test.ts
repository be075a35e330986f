import { expect, test } from 'vitest';
import { nextStep } from '../../../../cli/terminal/next-step.ts';
import { MigError } from '../../../../contract/errors.ts';

test('an expired action and a failed target have a next step, other errors speak for themselves', () => {
  expect(nextStep(new MigError('action_expired', 'expired'))).toContain('longer -e');
  expect(nextStep(new MigError('target_failed', 'column'))).toContain('mig help target');
  expect(nextStep(new MigError('usage', 'wrong'))).toBeUndefined();
  expect(nextStep(new Error('a defect'))).toBeUndefined();
});
