import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cancels, obeyCancel } from '../../../../agent/command/cancels.ts';
import { cancelJson } from '../../../../contract/cancel.ts';

const ours = (id: number) => ({ id, capabilities: ['cancel' as const] });

test('a command is aborted exactly when it was cancelled, before its start or during its run', () => {
  const step = fc.record({
    do: fc.constantFrom('begin', 'end', 'cancel'),
    id: fc.integer({ min: 1, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cancels = new Cancels();
      const running = new Map<number, { signal: AbortSignal; isCancelled: boolean }>();
      const waiting = new Set<number>();
      for (const { do: what, id } of steps) {
        const command = running.get(id);
        if (what === 'begin' && !command) {
          running.set(id, { signal: cancels.watch(ours(id)), isCancelled: waiting.has(id) });
        } else if (what === 'end') {
          cancels.forget(id);
          running.delete(id);
        } else if (what === 'cancel') {
          expect(obeyCancel(cancels, Buffer.from(cancelJson([id])))).toBe(true);
          if (command) command.isCancelled = true;
          else waiting.add(id);
        }
        for (const one of running.values()) expect(one.signal.aborted).toBe(one.isCancelled);
      }
    }),
  );
});

test('of a million cancels from a hostile relay, at least the last 10,000 and at most 20,000 take effect', () => {
  const cancels = new Cancels();
  for (let first = 1; first < 1_000_000; first += 1000) {
    cancels.cancel(Array.from({ length: 1000 }, (_, n) => first + n));
  }
  const recent = Array.from({ length: 20_500 }, (_, n) => 979_501 + n);
  const counted = [1, 500_000, ...recent].filter((id) => {
    const { aborted } = cancels.watch(ours(id));
    cancels.forget(id);
    return aborted;
  });
  expect(counted.length).toBeLessThanOrEqual(20_000);
  expect(counted.slice(-10_000)).toEqual(Array.from({ length: 10_000 }, (_, n) => 990_001 + n));
});

test('a command without the capability "cancel" is never cancelled', () => {
  const cancels = new Cancels();
  cancels.cancel([7]);
  const signal = cancels.watch({ id: 7 });
  cancels.cancel([7]);
  expect(signal.aborted).toBe(false);
});
