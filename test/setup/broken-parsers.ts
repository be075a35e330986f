import type { Parser } from '../fuzz/parsers.ts';

// Parsers that do what no parser may, for the tests of what finds that out.

/** What is never given back. */
const held: Buffer[] = [];
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
      parse: () => held.push(Buffer.alloc(300 * 1024 * 1024)),
    },
  ];
}
