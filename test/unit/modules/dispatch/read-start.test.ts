import { expect, test } from 'vitest';
import { readStart } from '../../../../modules/dispatch/read-start.ts';

test('a body without an end is left after the most bytes', async () => {
  let sent = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1000;
      controller.enqueue(Buffer.alloc(1000, 'x'));
    },
    cancel() {
      isCancelled = true;
    },
  });
  expect(await readStart(new Response(body), 2500)).toBe('x'.repeat(2500));
  expect(sent).toBeLessThan(10_000);
  expect(isCancelled).toBe(true);
});

test('a short body is read to its end, and none is empty', async () => {
  expect(await readStart(new Response('ü'), 10)).toBe('ü');
  expect(await readStart(new Response(null), 10)).toBe('');
});
