import { expect, test } from 'vitest';
import { printResult } from '../../../../modules/example/print.ts';

test('a result is printed as MIG prints it', () => {
  const result = {
    foundanything: true,
    success: true,
    elements: {
      hostname: 'h1',
      addresses: ['192.0.2.1/24', '2001:db8::1/64'],
      lookeduphost: { 'a.example': ['192.0.2.2', '192.0.2.3'] },
    },
    statistics: { stufffound: 3 },
    errors: ['the reason'],
  };
  const found = [
    'hostname is h1',
    'address is 192.0.2.1/24',
    'address is 2001:db8::1/64',
    'lookedup host a.example has IP 192.0.2.2',
    'lookedup host a.example has IP 192.0.2.3',
  ];
  expect(printResult(result, { foundOnly: true })).toEqual(found);
  expect(printResult(result, { foundOnly: false })).toEqual([
    ...found,
    'error: the reason',
    'stat: 3 stuff found',
  ]);
});
