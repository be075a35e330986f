import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cancelJson, isCancel, parseCancel } from '../../../contract/cancel.ts';
import { parseCommand } from '../../../contract/command.ts';
import { errorCode } from '../../../contract/errors.ts';
import { MAX_CANCEL_BYTES } from '../../../contract/limits.ts';

const commandId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

describe('a cancel message', () => {
  test('is read as it was written, and never taken for a command', () => {
    fc.assert(
      fc.property(fc.array(commandId, { minLength: 1, maxLength: 1000 }), (ids) => {
        const body = Buffer.from(cancelJson(ids));
        expect(isCancel(body)).toBe(true);
        expect(parseCancel(body)).toEqual(ids);
        expect(() => parseCommand(body)).toThrow();
      }),
    );
  });

  test('is read or refused by name, whatever it contains', () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 5 }),
      fc.record({ ids: fc.array(fc.oneof(commandId, fc.double(), fc.constant(-1), fc.string())) }),
    );
    fc.assert(
      fc.property(anything, fc.string(), (cancel, rest) => {
        for (const body of [`{"cancel":${JSON.stringify(cancel)}}`, `{"cancel":${rest}`]) {
          try {
            const ids = parseCancel(Buffer.from(body));
            expect(ids.length).toBeGreaterThan(0);
            expect(ids.every((id) => Number.isSafeInteger(id) && id > 0)).toBe(true);
          } catch (error) {
            expect(errorCode(error)).toMatch(/^(cancel_malformed|json_)/);
          }
        }
      }),
    );
  });

  test.each([
    ['too large', `{"cancel":{"ids":[1]}${' '.repeat(MAX_CANCEL_BYTES)}}`],
    ['of more ids than one message may have', cancelJson(Array.from({ length: 1001 }, (_, n) => n + 1))],
    ['of no id', '{"cancel":{"ids":[]}}'],
    ['with something beside the cancel', '{"cancel":{"ids":[1]},"id":1}'],
    ['with the id of no command', '{"cancel":{"ids":[0]}}'],
  ])('is refused when it is %s', (_what, body) => {
    expect(() => parseCancel(Buffer.from(body))).toThrow(
      expect.objectContaining({ code: 'cancel_malformed' }),
    );
  });
});
