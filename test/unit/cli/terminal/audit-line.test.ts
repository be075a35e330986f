import { expect, test } from 'vitest';
import { auditLines } from '../../../../cli/terminal/audit-line.ts';

const FINGERPRINT = 'E60892BB9BD89A69F759A1A0A3D652173B763E8F';
const ENTRY = {
  id: 7,
  at: '2026-05-06T07:08:09.123456Z',
  source: 'api',
  kind: 'action',
  outcome: 'done',
  isproven: true,
  investigatorid: 1,
  fingerprint: FINGERPRINT,
  actor: 'Bob Kelso',
  address: '192.0.2.7',
  requestid: null,
  objectid: 12,
  detail: { name: 'file -path /etc', target: `name IN (${"'web', ".repeat(100)}'x')` },
  times: 1,
  orderid: null,
};

test('a terminal gets lines of its width, indented after the first', () => {
  const [first = '', ...others] = auditLines(ENTRY, 80);
  expect(first).toMatch(/^2026-05-06T07:08:09Z {2}done {5}action 12/);
  expect(others.length).toBeGreaterThan(0);
  for (const line of others) expect(line).toMatch(/^ {4}\S/);
  for (const line of [first, ...others]) expect(line.length).toBeLessThanOrEqual(80);
});

test('elsewhere an entry is one line, with long values and the fingerprint shortened', () => {
  const [line = '', ...others] = auditLines(ENTRY, undefined);
  expect(others).toEqual([]);
  expect(line.length).toBeLessThanOrEqual(240);
  expect(line).toContain(`by Bob Kelso (…${FINGERPRINT.slice(-16)})`);
  expect(line).toContain('from api 192.0.2.7');
  expect(line).toMatch(/target=.*…$/);
});

test('an entry without an actor shows the whole fingerprint, which -actor takes', () => {
  expect(auditLines({ ...ENTRY, actor: null }, undefined)[0]).toContain(`by ${FINGERPRINT} `);
});
