import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../../../../api/context.ts';
import { receiveBody } from '../../../../api/http/receive-body.ts';
import { errorCode } from '../../../../contract/errors.ts';

const budget = {
  reserved: 0,
  reserve(bytes: number) {
    budget.reserved += bytes;
  },
  release(bytes: number) {
    budget.reserved -= bytes;
  },
};
let asked = 0;
const app = new Hono<ApiEnv>();
app.post('/', async (c) => {
  await receiveBody(c, { maxBytes: 2 ** 21, timeoutMs: 60_000, budget });
  return c.text(String(c.get('body')?.length));
});
app.onError((error, c) => c.text(errorCode(error), 400));

/** Posts a body of `pieces` chunks, each of `bytes` bytes. */
function post(pieces: number, bytes: number) {
  asked = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (asked++ < pieces) controller.enqueue(new Uint8Array(bytes));
      else controller.close();
    },
  });
  return app.request('/', { method: 'POST', body, duplex: 'half' } as RequestInit);
}

test('a body may arrive in 1,500 packets', async () => {
  const answer = await post(1_500, 1_398);
  expect(await answer.text()).toBe(String(1_500 * 1_398));
});

test('a body that arrives byte by byte is refused, and its memory released', async () => {
  const answer = await post(2 ** 21, 1);
  expect(await answer.text()).toBe('body_too_large');
  expect(answer.headers.get('Connection')).toBe('close');
  expect(asked).toBeLessThan(11_000);
  expect(budget.reserved).toBe(0);
});
