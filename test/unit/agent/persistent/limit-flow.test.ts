import { expect, test } from 'vitest';
import { limitFlow } from '../../../../agent/persistent/limit-flow.ts';
import { createDeferred } from '../../../../platform/async/deferred.ts';

test('a stream waits after 500 messages in a tenth of a second, and goes on by itself', async () => {
  let nowMs = 0;
  let pauses = 0;
  const resumed = createDeferred();
  const flow = limitFlow({ pause: () => pauses++, resume: () => resumed.resolve() }, () => nowMs);
  for (let i = 0; i < 499; i++) flow.count();
  nowMs = 100;
  for (let i = 0; i < 499; i++) flow.count();
  expect(pauses).toBe(0);
  flow.count();
  expect(pauses).toBe(1);
  await resumed.promise;
});
