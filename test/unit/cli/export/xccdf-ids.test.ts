import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xccdfId } from '../../../../cli/export/xccdf-ids.ts';

test('two words never give one id', () => {
  const words = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('_', 'x', '5', 'f', '2', '0', ' ') }),
  );
  fc.assert(
    fc.property(words, words, (one, other) => {
      expect(xccdfId('rule', one) === xccdfId('rule', other)).toBe(one === other);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['debian12-ssh_root.login', 'xccdf_org.mozilla.mig_rule_debian12-ssh_root.login'],
  ['a b', 'xccdf_org.mozilla.mig_rule_a_x20_b'],
  ['a_x20_b', 'xccdf_org.mozilla.mig_rule_a_x5f_x20_b'],
  ['😀', 'xccdf_org.mozilla.mig_rule__x1f600_'],
  ['', 'xccdf_org.mozilla.mig_rule__x_'],
])('the id of %j is %s', (word, id) => {
  expect(xccdfId('rule', word)).toBe(id);
});
