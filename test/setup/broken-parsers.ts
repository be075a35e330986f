import type { Parser } from '../fuzz/parser.ts';

// Parsers with every kind of defect, for the tests of the fuzzer.

/** Memory that is never freed. */
const leaked: Buffer[] = [];
const corpus = [Buffer.from('{"a":1}')];

export function allParsers(): Parser[] {
  return [
    { name: 'crashes', corpus, maxBytes: 100, parse: (input) => input.readUInt32BE(1_000_000) },
    {
      name: 'hangs',
      corpus,
      maxBytes: 100,
      parse() {
        for (;;);
      },
    },
    {
      name: 'bursts',
      corpus,
      maxBytes: 100,
      parse: () => leaked.push(Buffer.alloc(300 * 1024 * 1024)),
    },
  ];
}
