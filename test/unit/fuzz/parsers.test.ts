import { describe, expect, test } from 'vitest';
import { MigError } from '../../../contract/errors.ts';
import { batchOf } from '../../fuzz/generate.ts';
import type { Parser } from '../../fuzz/parser.ts';
import { allParsers } from '../../fuzz/parsers.ts';
import { readKept, SEEDS } from '../../fuzz/seeds.ts';

const BATCHES = 6;

/** Returns the input and the error when the parser throws anything but a refusal. */
async function crashOf(parser: Parser, input: Buffer): Promise<string | undefined> {
  try {
    await parser.parse(input, () => {});
  } catch (error) {
    if (!(error instanceof MigError)) return `${input.toString('latin1', 0, 300)}: ${error}`;
  }
  return undefined;
}

describe('any input is parsed or refused by name', () => {
  for (const parser of allParsers()) {
    test(`${parser.name}: parses its examples`, async () => {
      let read = 0;
      for (const input of parser.corpus) {
        const isRead = await Promise.resolve()
          .then(() => parser.parse(input, () => {}))
          .then(
            () => true,
            () => false,
          );
        if (isRead) read++;
      }
      expect(read).toBeGreaterThan(0);
    });

    test(`${parser.name}: inputs that once failed, and generated inputs`, async () => {
      const crashes: string[] = [];
      for (const { input } of readKept(SEEDS, parser.name)) {
        const crash = await crashOf(parser, input);
        if (crash !== undefined) crashes.push(crash);
      }
      for (let batch = 0; batch < BATCHES; batch++) {
        for (const make of batchOf({ source: parser, seed: 42, batch })) {
          const crash = await crashOf(parser, make());
          if (crash !== undefined) crashes.push(crash);
        }
      }
      expect(crashes).toEqual([]);
    });
  }
});
