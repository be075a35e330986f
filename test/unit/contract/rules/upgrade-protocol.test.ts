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
  for (const step of UPGRADE_STEPS.slice(1, -1)) {
    expect(overdueReason(step, 15_000)).toMatch(/ within 15 s$/);
  }
  expect(() => overdueReason('done', 15_000)).toThrow("an endpoint at 'done' is never overdue");
});
