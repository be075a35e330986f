import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wrongClockOf } from '../../../activities/clocks.ts';
import { MAX_NOTICES } from '../../../contract/agent.ts';
import { CLOCK_OFF_MS, clockJson, isClock, parseClock } from '../../../contract/clock.ts';
import { parseCommand } from '../../../contract/command.ts';
import { errorCode } from '../../../contract/errors.ts';
import { timestampFromMillis } from '../../../contract/go/time.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../../contract/http-heartbeat.ts';
import { MAX_CLOCK_BYTES } from '../../../contract/limits.ts';
import { spanInWords } from '../../../contract/text/span-in-words.ts';

const NOW = Date.UTC(2026, 0, 15);
const MINUTE_MS = 60_000;
const MAX_AGE_MS = 20 * MINUTE_MS;

const own = fc.array(
  fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes('\0')),
  { maxLength: MAX_NOTICES },
);
const read = (aheadMs: number, more: Record<string, unknown>) =>
  parseRelayHeartbeat(
    Buffer.from(
      JSON.stringify({
        name: 'host',
        queueloc: 'linux.host.1',
        pid: 5,
        heartbeatts: new Date(NOW + aheadMs).toISOString(),
        ...more,
      }),
    ),
    { nowMs: NOW, maxAgeMs: MAX_AGE_MS },
  );

describe('a heartbeat', () => {
  test('that is five minutes ahead or more gets a notice beside those of the agent', () => {
    fc.assert(
      fc.property(fc.integer({ min: -20, max: 100_000 }), own, (ahead, notices) => {
        const heartbeat = read(ahead * MINUTE_MS, { environment: { notices } });
        const notice = `the clock of this endpoint is ${spanInWords(ahead * MINUTE_MS)} ahead of the platform's`;
        expect(heartbeat.environment.notices).toEqual(
          (ahead >= 5 ? [notice, ...notices] : notices).slice(0, MAX_NOTICES),
        );
        expect([heartbeat.aheadMs, heartbeat.isLate]).toEqual([ahead * MINUTE_MS, false]);
      }),
    );
  });

  test('that is too old is late and gets a notice, whatever its age and capabilities', () => {
    fc.assert(
      fc.property(fc.integer({ min: 21, max: 40 * 365 * 24 * 60 }), own, (behind, notices) => {
        const heartbeat = read(-behind * MINUTE_MS, {
          environment: { notices },
          capabilities: ['clock', 'cancel'],
        });
        const notice = `its last heartbeat arrived ${spanInWords(behind * MINUTE_MS)} after its own timestamp: the clock is behind, or the relay was slow`;
        expect(heartbeat.environment.notices).toEqual([notice, ...notices].slice(0, MAX_NOTICES));
        expect(heartbeat.isLate).toBe(true);
      }),
    );
  });

  test('without a time is refused, as is an old one by HTTP', () => {
    for (const heartbeatts of ['0001-01-01T00:00:00Z', undefined]) {
      expect(() => read(0, { heartbeatts })).toThrow('heartbeat expired');
    }
    const body = (ageMs: number) =>
      Buffer.from(
        JSON.stringify({
          name: 'host',
          mode: 'daemon',
          version: '1',
          pid: 5,
          queueLoc: 'linux.host.1',
          startTime: new Date(NOW - ageMs).toISOString(),
          environment: { init: 'systemd', ident: 'Debian', os: 'linux', arch: 'amd64' },
        }),
      );
    expect(parseHttpHeartbeat(body(0), { nowMs: NOW, maxAgeMs: MAX_AGE_MS })).toMatchObject({
      pid: 5,
      isLate: false,
    });
    expect(() => parseHttpHeartbeat(body(MAX_AGE_MS + 1), { nowMs: NOW, maxAgeMs: MAX_AGE_MS })).toThrow(
      'heartbeat expired',
    );
  });

  test('with a wrong clock is answered if its agent reads clock messages; then the agent itself reports it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), fc.boolean(), (minutes, knows) => {
        const heartbeat = read(minutes * MINUTE_MS, { capabilities: knows ? ['clock'] : [] });
        const isWrong = Math.abs(minutes * MINUTE_MS) >= CLOCK_OFF_MS;
        expect(wrongClockOf(heartbeat, NOW)).toEqual(
          isWrong && knows
            ? {
                queueloc: 'linux.host.1',
                pid: 5,
                sent: timestampFromMillis(NOW + minutes * MINUTE_MS),
                received: timestampFromMillis(NOW),
              }
            : undefined,
        );
        if (knows && !heartbeat.isLate) expect(heartbeat.environment.notices).toBeUndefined();
      }),
    );
  });
});

describe('a clock message', () => {
  const time = fc.integer({ min: 0, max: 4e12 });

  test('is read as it was written, and never taken for a command', () => {
    fc.assert(
      fc.property(time, time, (sentMs, receivedMs) => {
        const [sent, received] = [sentMs, receivedMs].map(timestampFromMillis) as [string, string];
        const body = Buffer.from(clockJson({ sent, received }));
        expect(isClock(body)).toBe(true);
        expect(parseClock(body)).toEqual({ sentMs, receivedMs });
        expect(() => parseCommand(body)).toThrow();
      }),
    );
  });

  test('is read or refused by name, whatever it contains', () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.record({ sent: fc.oneof(fc.string(), fc.double()), received: fc.string() }),
    );
    fc.assert(
      fc.property(anything, fc.string(), (clock, rest) => {
        for (const body of [
          `{"clock":${JSON.stringify(clock)}}`,
          `{"clock":${rest}`,
          ' '.repeat(MAX_CLOCK_BYTES + 1),
        ]) {
          try {
            parseClock(Buffer.from(body));
          } catch (error) {
            expect(errorCode(error)).toMatch(/^(clock_malformed|json_)/);
          }
        }
      }),
    );
  });
});
