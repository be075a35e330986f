import fc from 'fast-check';

// Mutations of valid bodies, as a compromised endpoint could send them.

const NASTY_JSON = [
  '1e999',
  '-1e999',
  '1e-999',
  '-0',
  '1'.repeat(100_000),
  `0.${'3'.repeat(100_000)}`,
  '9007199254740993',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '"\\\\u0000"',
  '"\u2028\ufeff"',
  '""',
  'null',
  'true',
  '{}',
  '[]',
  '[null]',
  '{"__proto__":1}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"a\\u0000":1}',
  '{"a":1,"A":2}',
  '{"k":1,"\\u212a":2}',
  '"0001-01-01T00:00:00+23:00"',
  '-1',
  '1.5',
  '['.repeat(3000) + ']'.repeat(3000),
  `${'{"a":'.repeat(70)}1${'}'.repeat(70)}`,
  `"${'x'.repeat(70_000)}"`,
];
const nasty = fc.oneof(fc.constantFrom(...NASTY_JSON), fc.json({ maxDepth: 5 }));

/** Finds the values of a JSON text: after a colon, a bracket or a comma. */
function valueRanges(json: string): { from: number; to: number }[] {
  return [...json.matchAll(/(?<=[:[,])("(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|null)(?=[,\]}])/g)].map(
    (match) => ({
      from: match.index,
      to: match.index + match[0].length,
    }),
  );
}

/** Mutates the example: a value replaced, a key repeated, bytes changed, truncated or appended. */
export function hostileBody(example: string): fc.Arbitrary<Buffer> {
  const index = fc.nat({ max: 1_000_000 });
  const replaced = fc.tuple(index, nasty).map(([n, value]) => {
    const ranges = valueRanges(example);
    const range = ranges[n % ranges.length];
    if (!range) throw new Error('the example has no value');
    return Buffer.from(example.slice(0, range.from) + value + example.slice(range.to));
  });
  const keys = [...new Set([...example.matchAll(/"(\w+)":/g)].map(([, key = '']) => key))];
  const doubled = fc
    .tuple(fc.constantFrom(...keys), fc.boolean(), nasty)
    .map(([key, isUpper, value]) =>
      Buffer.from(`{"${isUpper ? key.toUpperCase() : key}":${value},${example.slice(1)}`),
    );
  const injected = fc
    .tuple(index, fc.constantFrom('\\u0000', '\\ud83d', '\u0000', '\\', '"', '{'))
    .map(([n, text]) => {
      const at = n % example.length;
      return Buffer.from(example.slice(0, at) + text + example.slice(at));
    });
  const bytes = fc.tuple(index, fc.uint8Array({ minLength: 1, maxLength: 4 })).map(([n, some]) => {
    const body = Buffer.from(example);
    body.set(some, n % (body.length - some.length));
    return body;
  });
  const cut = index.map((n) => Buffer.from(example.slice(0, n % example.length)));
  const grown = fc
    .constantFrom(110_000, 4_300_000)
    .map((length) => Buffer.from(example + ' '.repeat(length)));
  const any = fc.oneof(
    { weight: 6, arbitrary: replaced },
    { weight: 3, arbitrary: doubled },
    { weight: 3, arbitrary: injected },
    { weight: 2, arbitrary: bytes },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: grown },
    { weight: 1, arbitrary: fc.oneof(fc.json(), fc.string()).map((text) => Buffer.from(text)) },
  );
  // Shortens what fast-check prints of a counterexample.
  return any.map((body) =>
    Object.assign(body, { [fc.toStringMethod]: () => body.toString('latin1', 0, 300) }),
  );
}
