import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inflateParameters } from '../../../contract/parameters.ts';

const compressed = (json: string) => ({
  module: 'file',
  parameters: gzipSync(json).toString('base64'),
  is_compressed: true,
});

test('compressed parameters have the same limits as plain ones: depth, numbers, keys', () => {
  const depth = fc.integer({ min: 65, max: 100_000 });
  fc.assert(
    fc.property(
      depth,
      fc.constantFrom(['[', '1', ']'], ['{"a":', '1', '}']),
      (n, [open = '', middle, close = '']) => {
        expect(() => inflateParameters(compressed(open.repeat(n) + middle + close.repeat(n)))).toThrow(
          expect.objectContaining({ code: 'parameters_invalid' }),
        );
      },
    ),
    { numRuns: 20 },
  );
  for (const json of ['[1e999]', '{"a":1,"\\u0061":2}']) {
    expect(() => inflateParameters(compressed(json))).toThrow(
      expect.objectContaining({ code: 'parameters_invalid' }),
    );
  }
  fc.assert(
    fc.property(fc.array(fc.string()), (value) => {
      expect(inflateParameters(compressed(JSON.stringify(value)))).toEqual(value);
    }),
  );
});
