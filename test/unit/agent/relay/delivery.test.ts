import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { HandlerDeps } from '../../../../agent/command/deps.ts';
import { createDelivery, DELIVER_AGAIN_MS } from '../../../../agent/relay/delivery.ts';
import type { Outcome } from '../../../../platform/rabbitmq/publish.ts';

const COMMANDS = [1, 2, 3];
let unconfirmed: Set<number>;
let published: number[];
let respond: () => Promise<Outcome>;

beforeEach(() => {
  vi.useFakeTimers();
  unconfirmed = new Set(COMMANDS);
  published = [];
});
afterEach(() => vi.useRealTimers());

function open() {
  const journal = {
    answer: String,
    recordConfirmed: (id: number) => unconfirmed.delete(id),
    isUnconfirmed: (id: number) => unconfirmed.has(id),
  };
  const publish = ({ body }: { body: string | Buffer }) => {
    published.push(Number(body));
    return respond();
  };
  const deps = { journal, log: { warn: () => {} } } as unknown as Pick<HandlerDeps, 'journal' | 'log'>;
  return createDelivery(deps, () => ({ publish }));
}

const refuse = () => Promise.reject(new Error('the connection is lost'));

test('an answer is sent at most once per interval, however often the connection is lost', async () => {
  respond = refuse;
  const deliver = open();
  for (let connection = 0; connection < 50; connection++) {
    for (const id of COMMANDS) deliver(id);
    await vi.advanceTimersByTimeAsync(DELIVER_AGAIN_MS / 2);
  }
  published = [];
  await vi.advanceTimersByTimeAsync(10 * DELIVER_AGAIN_MS);
  expect(published.length).toBeLessThanOrEqual(10 * COMMANDS.length);
  expect(new Set(published)).toEqual(new Set(COMMANDS));
});

test('an attempt that a later one has replaced is not repeated', async () => {
  const waiting: (() => void)[] = [];
  respond = () => new Promise((_, reject) => waiting.push(() => reject(new Error('no answer in time'))));
  const deliver = open();
  for (let connection = 0; connection < 20; connection++) deliver(1);
  for (const fail of waiting.splice(0)) fail();
  await vi.advanceTimersByTimeAsync(DELIVER_AGAIN_MS);
  expect(waiting).toHaveLength(1);
});

test('an answer that the relay has confirmed is not sent again', async () => {
  respond = refuse;
  const deliver = open();
  deliver(1);
  await vi.advanceTimersByTimeAsync(DELIVER_AGAIN_MS - 1);
  respond = () => Promise.resolve('confirmed');
  await vi.advanceTimersByTimeAsync(100 * DELIVER_AGAIN_MS);
  expect(published).toEqual([1, 1]);
});
