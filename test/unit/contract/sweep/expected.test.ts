import { expect, test } from 'vitest';
import { readCheck } from '../../../../contract/compliance.ts';
import { describeCheck } from '../../../../contract/sweep/expected.ts';

const search = (path: string) => ({
  module: 'file',
  parameters: { searches: { s: { paths: [path], names: ['^x$'], options: { maxdepth: 1 } } } },
});

function expectedOf(compliance: object): string {
  const operations = [search('/a'), search('/b'), search('/c')];
  return describeCheck({ id: 'check', ...readCheck({ operations, compliance }) }).expected;
}

test('every operation is a clause with what it must answer', () => {
  expect(expectedOf({ expect: ['applies', 'found', 'absent'] })).toBe(
    'applies: file in /a names ^x$; found: file in /b names ^x$; absent: file in /c names ^x$',
  );
});

test('a condition is about the requirements, not about where the check applies', () => {
  expect(expectedOf({ expect: ['found', 'applies', 'absent'], condition: 'any' })).toBe(
    'applies: file in /b names ^x$; any of: found: file in /a names ^x$; absent: file in /c names ^x$',
  );
});
