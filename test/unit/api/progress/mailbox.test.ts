import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createMailbox } from '../../../../api/progress/mailbox.ts';

const LONG_MS = 60_000;

test('a newer value replaces one that was not taken, and each is taken once', () => {
  const mailbox = createMailbox<number>();
  mailbox.put(1);
  mailbox.put(2);
  expect([mailbox.take(), mailbox.take()]).toEqual([2, undefined]);
});

test('a wait ends with the next value, or at once when there is one', async () => {
  const mailbox = createMailbox<number>();
  const waiting = mailbox.wait(LONG_MS);
  mailbox.put(1);
  await waiting;
  await mailbox.wait(LONG_MS);
  expect(mailbox.take()).toBe(1);
});

test('a wait does not end for a value that was already taken', async () => {
  const mailbox = createMailbox<number>();
  mailbox.put(1);
  mailbox.take();
  let isOver = false;
  const waiting = mailbox.wait(LONG_MS).then(() => {
    isOver = true;
  });
  await nextTurn();
  expect(isOver).toBe(false);
  mailbox.close();
  await waiting;
});

test('a wait ends after its timeout, and when the mailbox is closed', async () => {
  const mailbox = createMailbox<number>();
  await mailbox.wait(1);
  const waiting = mailbox.wait(LONG_MS);
  mailbox.close();
  await waiting;
  expect(mailbox.isClosed()).toBe(true);
  await mailbox.wait(LONG_MS);
});
