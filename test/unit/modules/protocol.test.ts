import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parametersMessage, readInput } from '../../../modules/protocol.ts';

const read = (timeoutMs: number) =>
  readInput(JSON.stringify(parametersMessage({ a: 1 }, { timeoutMs, maxBytes: 5000 })));

describe('the terms of a run', () => {
  test('end it a tenth of its time or half a second before it is killed, so that it can write its result', () => {
    expect(read(100_000)).toEqual({
      parameters: { a: 1 },
      terms: { endsAtMs: 90_000, maxBytes: 5000, asMig: false },
    });
    expect(read(2000).terms.endsAtMs).toBe(1500);
    expect(read(100).terms.endsAtMs).toBe(50);
    expect(read(3_600_000).terms.endsAtMs).toBe(3_590_000);
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), (timeoutMs) => {
        const { endsAtMs } = read(timeoutMs).terms;
        expect(endsAtMs).toBeGreaterThan(0);
        expect(endsAtMs).toBeLessThan(timeoutMs);
      }),
    );
  });

  test('are absent from a message of MIG', () => {
    expect(readInput('{"class":"parameters","parameters":{}}').terms).toEqual({
      endsAtMs: Number.POSITIVE_INFINITY,
      maxBytes: Number.POSITIVE_INFINITY,
      asMig: true,
    });
  });
});
