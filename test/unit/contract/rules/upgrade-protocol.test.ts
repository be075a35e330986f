import { expect, test } from 'vitest';
import {
  COMMANDED_STEPS,
  overdueReason,
  stepAfter,
  UPGRADE_PROTOCOL,
  UPGRADE_STEPS,
} from '../../../../contract/rules/upgrade-protocol.ts';

test('the steps follow each other from the first to the last', () => {
  const followers = UPGRADE_PROTOCOL.map(({ followedBy }) => followedBy);
  expect(followers).toEqual([...UPGRADE_STEPS.slice(1), null]);
  expect(stepAfter('kill sent')).toBe('kill acknowledged');
});

test('an endpoint answers a command at four steps', () => {
  expect(COMMANDED_STEPS).toEqual(['sent', 'kill sent', 'check sent', 'removal sent']);
});

test('every step between the first and the last can be overdue, and says why', () => {
  const reasons = UPGRADE_STEPS.slice(1, -1).map((step) => overdueReason(step, 15_000));
  expect(reasons[0]).toBe('no answer came within 15 s');
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(overdueReason('done', 15_000)).toBe('it did not go on within 15 s');
});
