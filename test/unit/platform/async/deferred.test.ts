import { expect, test } from 'vitest';
import { createDeferred } from '../../../../platform/async/deferred.ts';

test('a deferred is pending until it is resolved, and keeps its first value', async () => {
  const deferred = createDeferred<number>();
  const states: string[] = [];
  const waiting = deferred.promise.then((value) => states.push(`resolved ${value}`));
  await Promise.resolve();
  expect(states).toEqual([]);
  deferred.resolve(1);
  deferred.resolve(2);
  await waiting;
  expect(states).toEqual(['resolved 1']);
});

test('a deferred that is rejected rejects with the reason', async () => {
  const deferred = createDeferred();
  deferred.reject(new Error('the relay went away'));
  await expect(deferred.promise).rejects.toThrow('the relay went away');
});
