import { expect, test, vi } from 'vitest';
import { waitFor } from '../../../../dev/wait-for.ts';
import { AlertQueue, type Send } from '../../../../modules/dispatch/queue.ts';
import { createDeferred } from '../../../../platform/async/deferred.ts';

function open(maxAlerts: number, send: Send) {
  const state = { logs: [] as string[], nowMs: 1e9 };
  const connected = createDeferred();
  const queue = new AlertQueue({
    maxAlerts,
    sender: { name: 'http post', connect: () => connected.promise.then(() => send) },
    log: (line) => state.logs.push(line),
    now: () => state.nowMs,
  });
  void queue.start();
  return { queue, state, connected };
}

test('records wait for the connection and are sent in order, one at a time', async () => {
  const sent: string[] = [];
  let inFlight = 0;
  const { queue, connected } = open(10, async (record) => {
    expect(inFlight++).toBe(0);
    sent.push(record);
    await Promise.resolve();
    inFlight--;
  });
  for (const record of ['1', '2', '3']) queue.add(record);
  connected.resolve();
  await waitFor('the records', () => sent.length === 3, { everyMs: 2 });
  queue.add('4');
  await waitFor('the last record', () => sent.length === 4, { everyMs: 2 });
  expect(sent).toEqual(['1', '2', '3', '4']);
});

test('a record that cannot be sent is lost, and the reason is logged', async () => {
  const { queue, state, connected } = open(10, () => Promise.reject(new Error('no route')));
  queue.add('1');
  connected.resolve();
  await waitFor('the log', () => state.logs.length === 1, { everyMs: 2 });
  expect(state.logs).toEqual(['http post: no route']);
});

test('records that find no room are dropped, and counted in a warning every 5 minutes', () => {
  const { queue, state } = open(2, async () => {});
  const warning = (dropped: number) =>
    `warning, dispatch module dropping messages (buffer full, ${dropped} dropped since last warning)`;
  for (let i = 0; i < 5; i++) queue.add('x');
  expect(state.logs).toEqual([warning(1)]);
  state.nowMs += 5 * 60_000;
  queue.add('x');
  expect(state.logs).toEqual([warning(1), warning(3)]);
});

test('records dropped after the last warning are counted at the end of its interval, and at the end of the module', () => {
  vi.useFakeTimers();
  try {
    const { queue, state } = open(2, async () => {});
    for (let i = 0; i < 5; i++) queue.add('x');
    state.nowMs += 5 * 60_000;
    vi.advanceTimersByTime(5 * 60_000);
    expect(state.logs.map((line) => /\d+ dropped/.exec(line)?.[0])).toEqual(['1 dropped', '2 dropped']);
    queue.end();
    expect(state.logs).toHaveLength(2);
    queue.add('x');
    queue.end();
    expect(state.logs[2]).toContain('1 dropped');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('few large records fill the queue, too', () => {
  const { queue, state } = open(1000, async () => {});
  for (let i = 0; i < 33; i++) queue.add('x'.repeat(1024 * 1024));
  expect(state.logs).toHaveLength(1);
});
