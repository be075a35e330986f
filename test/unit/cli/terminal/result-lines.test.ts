import { expect, test } from 'vitest';
import { resultLines } from '../../../../cli/terminal/result-lines.ts';
import { printable } from '../../../../contract/text/printable.ts';
import { scribe } from '../../../../modules/scribe/module.ts';

test('a result of several lines is printed as these lines', () => {
  const { result } = scribe.about.example;
  const lines = resultLines('scribe', result, { foundOnly: true });
  expect(lines.map(printable)).toEqual([
    'result for "root may log in" (root-login)',
    '  master result: true',
    '  tag: severity: high',
    '  [true] identifier: "/etc/ssh/sshd_config"',
  ]);
});
