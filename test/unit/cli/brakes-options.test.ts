import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODULE_OPTIONS, parseGlobalOptions } from '../../../cli/arguments.ts';
import { MAX_WINDOWS } from '../../../contract/rules/brakes/limits.ts';
import { DAYS } from '../../../contract/rules/brakes/windows.ts';

const brakesOf = (...args: string[]) => parseGlobalOptions(args, { allowed: MODULE_OPTIONS }).options.brakes;
const WINDOW = 'Mon-Fri 22:00-05:00 Europe/Berlin';

describe('the options of brakes', () => {
  test('make the brakes that the API takes', () => {
    const when = ['-canary', '5%', '-canary-wait', '10m', '--rate', '100/min', '-window', WINDOW];
    const stop = ['-stop-at', 'failed=10%', '--stop-at', 'matched=50%', '-stop-after', '20'];
    expect(brakesOf(...when, ...stop)).toEqual({
      canary: { percent: 5, waitseconds: 600 },
      perminute: 100,
      windows: [
        { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '05:00', timezone: 'Europe/Berlin' },
      ],
      stopat: { failedpercent: 10, matchedpercent: 50, minimumanswers: 20 },
    });
  });

  test('leave an action alone when there are none', () => {
    expect(brakesOf()).toBeUndefined();
  });

  test.each([
    ['Sat,Sun 00:00-24:00 UTC', ['sat', 'sun']],
    ['Fri-Mon 00:00-06:00 UTC', ['mon', 'fri', 'sat', 'sun']],
    ['00:00-06:00 UTC', [...DAYS]],
    ['tue 00:00-06:00 UTC', ['tue']],
  ])('read the days of %j', (text, days) => {
    expect(brakesOf('-window', text)?.windows?.[0]?.days).toEqual(days);
  });
});

describe('a bad value is refused with its option', () => {
  test.each([
    ['-canary', '0'],
    ['-canary', '0%'],
    ['-canary', '101%'],
    ['-canary', '100001'],
    ['-canary', 'five'],
    ['-rate', '0/min'],
    ['-rate', '100'],
    ['-rate', '100/hour'],
    ['-rate', '100001/min'],
    ['-window', '22:00-05:00'],
    ['-window', 'Mon-Fri 22:00 Europe/Berlin'],
    ['-window', 'Mon-Foo 22:00-05:00 Europe/Berlin'],
    ['-window', 'Mon-Tue-Wed 22:00-05:00 Europe/Berlin'],
    ['-window', 'Mon 25:00-05:00 Europe/Berlin'],
    ['-window', 'Mon 22:00-22:00 Europe/Berlin'],
    ['-window', 'Mon 22:00-05:00 Europe/Nowhere'],
    ['-stop-at', 'failed=0%'],
    ['-stop-at', 'failed=101%'],
    ['-stop-at', 'failed=10'],
    ['-stop-at', 'lost=10%'],
  ])('%s %s', (option, value) => {
    expect(() => brakesOf(option, value)).toThrow(new RegExp(`^${option}\\b`));
  });

  test.each([
    [['-canary-wait', '5m'], /^-canary-wait has no effect without -canary$/],
    [['-canary', '5', '-canary-wait', '0s'], /^-canary-wait must be a duration/],
    [['-stop-after', '5'], /^-stop-after has no effect without -stop-at$/],
    [['-stop-at', 'failed=5%', '-stop-after', '0'], /^-stop-after must be a number/],
    [['-stop-at', 'failed=5%', '-stop-at', 'failed=6%'], /^-stop-at failed= is given twice$/],
    [['-rate', '5/min', '-rate', '6/min'], /^-rate is given twice/],
    [['-canary', '5', '-s'], /^-s launches nothing/],
    [['-canary', '5', '-p'], /^-p launches nothing/],
    [['-canary', '5', '-t', 'local'], /-t local cannot be used together/],
  ])('%j', (args, message) => {
    expect(() => brakesOf(...args)).toThrow(message);
  });

  test('too many windows', () => {
    const windows = Array.from({ length: MAX_WINDOWS + 1 }, () => ['-window', WINDOW]).flat();
    expect(() => brakesOf(...windows)).toThrow(/^-window is given more than 16 times$/);
    expect(brakesOf(...windows.slice(2))?.windows).toHaveLength(MAX_WINDOWS);
  });

  test('whatever is typed, in words of the command line', () => {
    const option = fc.constantFrom('-canary', '-rate', '-window', '-stop-at');
    fc.assert(
      fc.property(option, fc.string({ minLength: 1 }), (name, value) => {
        try {
          brakesOf(`${name}=${value}`);
        } catch (error) {
          expect(error).toMatchObject({ code: 'usage' });
        }
      }),
    );
  });
});
