import { expect, test } from 'vitest';
import { waitFor } from '../../../../dev/wait-for.ts';
import { abortAfter } from '../../../../platform/async/abort-after.ts';

test('aborts after its time', async () => {
  const { signal, dispose } = abortAfter(20, [new AbortController().signal]);
  await waitFor('the abort', () => signal.aborted);
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
  dispose();
});

test('aborts with any other signal, also with one that was aborted before', () => {
  const one = new AbortController();
  const limited = abortAfter(undefined, [new AbortController().signal, one.signal]);
  expect(limited.signal.aborted).toBe(false);
  one.abort('why');
  expect({ aborted: limited.signal.aborted, reason: limited.signal.reason }).toEqual({
    aborted: true,
    reason: 'why',
  });
  expect(abortAfter(undefined, [one.signal]).signal.aborted).toBe(true);
});

test('does nothing after its disposal', async () => {
  const other = new AbortController();
  const { signal, dispose } = abortAfter(10, [other.signal]);
  dispose();
  other.abort();
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(signal.aborted).toBe(false);
});
