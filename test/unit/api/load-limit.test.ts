import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../../../api/context.ts';
import { onError } from '../../../api/errors.ts';
import { limitLoad } from '../../../api/load-limit.ts';

test('what comes while too many requests are in hand is told when to try again; later it is served', async () => {
  let finish: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const app = new Hono<ApiEnv>();
  app.use(limitLoad(2));
  app.get('/slow', async (c) => {
    await held;
    return c.text('done');
  });
  app.onError(onError);
  const slow = [app.request('/slow'), app.request('/slow')];
  const refused = await app.request('/slow');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('Retry-After')).toBe('1');
  expect(await refused.json()).toMatchObject({ collection: { error: { code: 'overloaded' } } });
  finish();
  for (const one of slow) expect((await one).status).toBe(200);
  expect((await app.request('/slow')).status).toBe(200);
});
