import { expect, test } from 'vitest';
import { createResources } from '../../../../platform/async/resources.ts';

test('closes everything once, the latest first, each after the end of the one before', async () => {
  const events: string[] = [];
  const resources = createResources();
  const slow = {
    async [Symbol.asyncDispose]() {
      events.push('slow begins');
      await Promise.resolve();
      events.push('slow ends');
    },
  };
  resources.defer(() => events.push('first'));
  expect(resources.use(slow)).toBe(slow);
  resources.defer(() => events.push('last'));
  await resources[Symbol.asyncDispose]();
  await resources[Symbol.asyncDispose]();
  expect(events).toEqual(['last', 'slow begins', 'slow ends', 'first']);
});

test('closes everything when some fail, and throws the first error', async () => {
  const closed: string[] = [];
  const resources = createResources();
  resources.defer(() => closed.push('first'));
  resources.defer(() => Promise.reject(new Error('the pool failed')));
  resources.defer(() => closed.push('middle'));
  resources.defer(() => {
    throw new Error('the server failed');
  });
  await expect(resources[Symbol.asyncDispose]()).rejects.toThrow('the server failed');
  expect(closed).toEqual(['middle', 'first']);
});

test('throws undefined when that is the first error', async () => {
  const resources = createResources();
  resources.defer(() => Promise.reject(undefined));
  await expect(resources[Symbol.asyncDispose]()).rejects.toBeUndefined();
});
