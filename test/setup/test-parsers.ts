import { describe, expect, test } from 'vitest';
import type { Parser } from '../fuzz/parser.ts';
import { allParsers } from '../fuzz/parsers.ts';
import { fuzz } from '../fuzz/run.ts';

/** For all parsers together. `npm run fuzz` takes longer. */
const TOTAL_MS = 60_000;
/** Detects a hang, not slowness: machines are shared. `npm run fuzz` allows a second. */
const MAX_STEP_MS = 20_000;
/** New inputs in each run: what fails is kept. */
const seed = Math.floor(Math.random() * 2 ** 31);
const shareMs = TOTAL_MS / allParsers().length;

/** Tests of some parsers, with what they parse and with new inputs. */
export function testParsers(parsers: readonly Parser[]): void {
  describe('any input is parsed or refused by name', () => {
    for (const parser of parsers) testParser(parser);
  });
}

function testParser(parser: Parser): void {
  test(`${parser.name}: parses its examples`, async () => {
    await parser.open?.();
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
    await parser.close?.();
    expect(read).toBeGreaterThan(0);
  });

  test(`${parser.name}: inputs that once failed, and generated ones for its share of a minute`, async () => {
    const { inputs, failures } = await fuzz({ parser, seed, ms: shareMs, maxStepMs: MAX_STEP_MS });
    const problems = failures.map(({ kind, message, file }) => `${kind}: ${message}, kept in ${file}`);
    expect(problems, `seed ${seed}`).toEqual([]);
    expect(inputs).toBeGreaterThan(0);
  }, 300_000);
}
