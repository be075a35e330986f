import { expect, test } from 'vitest';
import { aclLines, changedLines } from '../../../../cli/acl/acl-lines.ts';
import { weightLines } from '../../../../cli/acl/weight-lines.ts';
import type { Acl } from '../../../../contract/rules/acl.ts';

const [BOB, JOHN] = ['B'.repeat(40), 'A'.repeat(40)];
const acl = (minimumweight: number, weight: number): Acl => ({
  default: { minimumweight, investigators: { bob: { fingerprint: BOB, weight: 2 } } },
  file: { minimumweight: 2, investigators: { john: { fingerprint: JOHN, weight } } },
});

test('an ACL has a line for each entry and each investigator', () => {
  expect(aclLines(acl(2, 1))).toEqual([
    'default needs weight 2',
    `  2  bob (${BOB})`,
    'file needs weight 2',
    `  1  john (${JOHN})`,
  ]);
});

test('a change of an ACL is the lines that it lost and those that it got', () => {
  expect(changedLines(acl(2, 1), acl(2, 1))).toEqual([]);
  expect(changedLines(acl(2, 1), acl(1, 2))).toEqual([
    '- default needs weight 2',
    `- file gives john (${JOHN}) weight 1`,
    '+ default needs weight 1',
    `+ file gives john (${JOHN}) weight 2`,
  ]);
});

test('a missing weight names some of those who have it', () => {
  const others = Array.from({ length: 7 }, (_, n) => ({ name: `p${n}`, fingerprint: BOB, weight: 1 }));
  expect(
    weightLines([
      { module: 'file', needed: 2, has: 1, others },
      { module: 'pkg', needed: 2, has: 2, others: [] },
      { module: 'netstat', needed: 2, has: 3, others: [] },
      { module: 'ping', needed: 2, has: 0, others: [] },
      { module: 'scribe', needed: null, has: 0, others: [] },
    ]),
  ).toEqual([
    'file has weight 1 of 2: p0 (1), p1 (1), p2 (1), p3 (1), p4 (1), 2 more could sign',
    'pkg has weight 2 of 2',
    'netstat has weight 3 and needs 2',
    'ping has weight 0 of 2: nobody else has weight',
    'scribe may be run by nobody',
  ]);
});
