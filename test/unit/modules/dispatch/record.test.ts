import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeAlert } from '../../../../modules/dispatch/record.ts';

const context = {
  hostname: 'h',
  environment: { os: 'linux' },
  tags: { a: 'b' },
  isMozdef: false,
  now: new Date('2026-11-29T12:00:00.5+01:00'),
};

test('an alert becomes a record with the facts of the agent', () => {
  expect(describeAlert('{"severity":"low","alert":"x"}', context)).toBe(
    '{"hostname":"h","environment":{"os":"linux"},"tags":{"a":"b"},"event":{"severity":"low","alert":"x"}}',
  );
});

test('an alert that is no JSON stays a text, whatever it holds', () => {
  expect(JSON.parse(describeAlert('not JSON', context)).event).toBe('not JSON');
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.json({ maxDepth: 2 })),
      (alert) => {
        expect(JSON.parse(describeAlert(alert, context)).hostname).toBe('h');
      },
    ),
  );
});

test('an event of MozDef holds the record as details', () => {
  expect(JSON.parse(describeAlert('1', { ...context, isMozdef: true }))).toEqual({
    timestamp: '2026-11-29T11:00:00.500Z',
    category: 'mig',
    hostname: 'h',
    processid: process.pid,
    processname: 'mig-agent',
    severity: 'INFO',
    source: '',
    summary: 'mig dispatch event',
    tags: ['mig-dispatch'],
    details: { hostname: 'h', environment: { os: 'linux' }, tags: { a: 'b' }, event: 1 },
  });
});
