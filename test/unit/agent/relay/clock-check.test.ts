import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClockCheck } from '../../../../agent/relay/clock-check.ts';
import { CLOCK_OFF_MS, clockJson } from '../../../../contract/clock.ts';
import { timestampFromMillis } from '../../../../contract/go/time.ts';

const NOW = Date.UTC(2026, 0, 15);
const MINUTE_MS = 60_000;

/** A machine whose clock is `aheadMs` ahead of the platform's. `deliver` hands it a clock message. */
function open(aheadMs: number) {
  let monotonicMs = 1_000;
  let changes = 0;
  const notices: string[] = [];
  const check = new ClockCheck({
    notices: {
      raise: (_topic, text) => notices.push(text) > 0,
      clear: () => notices.push('over') > 0,
    },
    monotonic: () => monotonicMs,
    onChange: () => void changes++,
  });
  const platformMs = () => NOW + monotonicMs;
  const heartbeat = () => {
    const sentMs = platformMs() + aheadMs;
    check.noteSent(sentMs);
    check.noteConfirmed();
    return sentMs;
  };
  const deliver = (sentMs: number, receivedMs = platformMs()) =>
    check.receive(
      Buffer.from(
        clockJson({ sent: timestampFromMillis(sentMs), received: timestampFromMillis(receivedMs) }),
      ),
    );
  return {
    heartbeat,
    deliver,
    notices,
    wait: (ms: number) => {
      monotonicMs += ms;
    },
    set: (ms: number) => {
      aheadMs = ms;
    },
    check,
    changes: () => changes,
  };
}

const NOTICE = (span: string, where: string) =>
  `this machine's clock is ${span} ${where} the platform's: actions may be refused`;

describe("a machine's clock", () => {
  test.each([
    [2 * 3_600_000, '2 hours', 'ahead of'],
    [-2 * 3_600_000, '2 hours', 'behind'],
    [-20_000 * 86_400_000, '20000 days', 'behind'],
    [6 * MINUTE_MS, '6 minutes', 'ahead of'],
  ])('that is off by %d ms raises one notice until the difference changes much', (aheadMs, span, where) => {
    const machine = open(aheadMs);
    for (let n = 0; n < 5; n++) {
      const sentMs = machine.heartbeat();
      machine.wait(300);
      expect(machine.deliver(sentMs)).toBe(true);
      machine.wait(5 * MINUTE_MS);
    }
    expect(machine.notices).toEqual([NOTICE(span, where)]);
    expect(machine.changes()).toBe(1);
    machine.set(4 * aheadMs);
    machine.deliver(machine.heartbeat());
    expect(machine.notices).toHaveLength(2);
  });

  test('that is right again ends the notice after three heartbeats without a clock message', () => {
    const machine = open(3_600_000);
    machine.deliver(machine.heartbeat());
    machine.set(0);
    for (let n = 0; n < 3; n++) {
      machine.wait(5 * MINUTE_MS);
      expect(machine.notices).toHaveLength(1);
      machine.heartbeat();
    }
    expect(machine.notices.slice(1)).toEqual(['over']);
    expect(machine.changes()).toBe(2);
  });

  test('that is right raises no notice, however slow the relay is and whatever it makes up', () => {
    const step = fc.record({
      beforeMs: fc.integer({ min: 0, max: 100_000 }),
      wayMs: fc.integer({ min: 0, max: 700_000 }),
      backMs: fc.integer({ min: 0, max: 700_000 }),
      madeUp: fc.option(fc.integer({ min: 0, max: 4e12 })),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: -CLOCK_OFF_MS + 1, max: CLOCK_OFF_MS - 1 }),
        (steps, aheadMs) => {
          const machine = open(aheadMs);
          for (const { beforeMs, wayMs, backMs, madeUp } of steps) {
            machine.wait(beforeMs);
            const sentMs = machine.heartbeat();
            machine.wait(wayMs);
            const receivedMs = sentMs - aheadMs + wayMs;
            machine.wait(backMs);
            machine.deliver(sentMs, receivedMs);
            // A clock message about a heartbeat that was never sent.
            if (madeUp !== null && madeUp !== sentMs) machine.deliver(madeUp, receivedMs);
          }
          expect(machine.notices).toEqual([]);
        },
      ),
    );
  });

  test('a relay that makes up any number of clock messages raises one notice in ten minutes at most', () => {
    const machine = open(0);
    const received = fc.sample(fc.integer({ min: 0, max: 4e12 }), 500);
    for (const [i, receivedMs] of received.entries()) {
      const before = machine.changes();
      machine.deliver(machine.heartbeat(), receivedMs);
      // Each change makes the agent send a heartbeat, which the relay can answer at once.
      if (machine.changes() > before) machine.deliver(machine.heartbeat(), receivedMs + 3_600_000);
      if (i % 2 === 0) machine.wait(5_000);
    }
    expect(machine.notices.length).toBeGreaterThan(0);
    expect(machine.notices.length).toBeLessThanOrEqual(1 + (250 * 5_000) / (10 * MINUTE_MS));
  });

  test('a malformed clock message is not handled', () => {
    const { check } = open(0);
    for (const body of ['{"clock":', '{"clock":{}}', '{"clock":{"sent":"x","received":"y"}}']) {
      expect(check.receive(Buffer.from(body))).toBe(false);
    }
  });
});
