import { expect, test } from 'vitest';
import { hasUnexplained, renderOutcomes } from '../../judges/table.ts';

const outcome = { module: 'pkg', judge: 'rpm', question: 'all', lines: 4, differences: [] };

test('each judge of a module is a line, and one that was not asked is named with the reason', () => {
  const table = renderOutcomes([
    outcome,
    { ...outcome, differences: [{ side: 'ours', line: 'x', because: 'a quirk' }] },
    { ...outcome, judge: 'yum', lines: 0, notAsked: 'yum is not on the PATH' },
  ]).split('\n');
  expect(table[1]).toMatch(/^pkg +rpm +2 +1 +1 +0 +8$/);
  expect(table[2]).toMatch(/^pkg +yum +0 +0 +0 +0 +0 +1: yum is not on the PATH$/);
  expect(table.at(-1)).toBe('explained: pkg, rpm, all: a quirk (1)');
});

test('a difference without a reason is shown without its control characters', () => {
  const wrong = { ...outcome, differences: [{ side: 'theirs' as const, line: '\x1b[2J' }] };
  expect(hasUnexplained(wrong)).toBe(true);
  expect(renderOutcomes([wrong])).toContain('UNEXPLAINED: pkg, rpm, all: only theirs: "\\u001b[2J"');
});
