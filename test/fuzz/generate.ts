import fc from 'fast-check';
import { HOSTILE_JSON, HOSTILE_KEYS, PIECES, TOKENS } from './hostile.ts';

/** Makes one input on demand: a batch of large inputs would fill the memory. */
export type Make = () => Buffer;

/** The material for inputs. */
export interface Source {
  /** Inputs that are accepted. */
  corpus: readonly Buffer[];
  /** The largest input that reaches the parser in production. Some inputs are a little larger. */
  maxBytes: number;
  /** Further inputs, specific to the parser. */
  grammar?: fc.Arbitrary<Make>;
}

/** Identifies inputs: they depend only on the seed, the number of the batch and the index. */
export interface BatchOf {
  source: Source;
  seed: number;
  batch: number;
}

const BATCH = 50;

export function batchOf({ source, seed, batch }: BatchOf): Make[] {
  return fc.sample(inputs(source), { seed: seed + batch * 7919, numRuns: BATCH });
}

/** Returns hostile variants of the corpus, inputs specific to the parser, and random bytes. */
function inputs({ corpus, maxBytes, grammar }: Source): fc.Arbitrary<Make> {
  const changed = changedBytes(corpus);
  const texts = corpus.map((example) => example.toString()).filter(isJson);
  const ofJson =
    texts.length === 0
      ? []
      : [
          { weight: 300, arbitrary: changedJson(texts) },
          { weight: 1, arbitrary: grownJson(texts, maxBytes) },
        ];
  return fc.oneof(
    { weight: 180, arbitrary: changed },
    { weight: 15, arbitrary: fc.uint8Array({ maxLength: 512 }).map((bytes) => () => Buffer.from(bytes)) },
    { weight: 15, arbitrary: fc.json({ maxDepth: 5 }).map((text) => () => Buffer.from(text)) },
    { weight: 1, arbitrary: grownBytes(corpus, maxBytes) },
    ...ofJson,
    ...(grammar ? [{ weight: 240, arbitrary: grammar }] : []),
  );
}

/** JSON texts with one to three values or keys replaced. */
export function changedJson(examples: readonly string[]): fc.Arbitrary<Make> {
  const layouts = examples.map(layOut);
  const change = fc.record({
    place: fc.nat(),
    value: fc.oneof(fc.constantFrom(...HOSTILE_JSON), fc.json({ maxDepth: 3 })),
    key: fc.constantFrom(...HOSTILE_KEYS),
    isTwice: fc.boolean(),
  });
  return fc
    .record({ example: fc.nat(), changes: fc.array(change, { minLength: 1, maxLength: 3 }) })
    .map(({ example, changes }) => () => {
      const { text, spans } = pick(layouts, example);
      const chosen = changes
        .map(({ place, ...how }) => ({ span: pick(spans, place), ...how }))
        .sort((a, b) => b.span.from - a.span.from);
      let [out, end] = [text, text.length];
      for (const { span, value, key, isTwice } of chosen) {
        if (span.to > end) continue; // within the last one
        const old = text.slice(span.from, span.to);
        const name = isTwice ? `${old.toUpperCase()}:${value},${old}` : JSON.stringify(key);
        out = out.slice(0, span.from) + (span.isKey ? name : value) + out.slice(span.to);
        end = span.from;
      }
      return Buffer.from(out);
    });
}

/** JSON texts with a value that is an array or object of very many small values. */
function grownJson(examples: readonly string[], maxBytes: number): fc.Arbitrary<Make> {
  const layouts = examples.map(layOut);
  return fc
    .record({
      example: fc.nat(),
      place: fc.nat(),
      piece: fc.constantFrom(...PIECES),
      share: fc.constantFrom(0.1, 0.5, 0.99, 1.01),
      isObject: fc.boolean(),
    })
    .map(({ example, place, piece, share, isObject }) => () => {
      const { text, spans } = pick(layouts, example);
      const values = spans.filter(({ isKey }) => !isKey);
      const { from, to } = pick(values, place);
      const bytes = Math.max(0, maxBytes * share - text.length);
      const value = isObject ? manyKeys(piece, bytes) : manyItems(piece, bytes);
      return Buffer.from(text.slice(0, from) + value + text.slice(to));
    });
}

function manyItems(piece: string, bytes: number): string {
  return `[${`${piece},`.repeat(bytes / (Buffer.byteLength(piece) + 1))}${piece}]`;
}

function manyKeys(piece: string, bytes: number): string {
  const count = Math.floor(bytes / (Buffer.byteLength(piece) + 8));
  return `{${Array.from({ length: count }, (_, i) => `"${i.toString(36)}":${piece}`).join(',')}}`;
}

/** Examples with bytes flipped, removed or repeated, with words inserted, and two examples spliced. */
function changedBytes(corpus: readonly Buffer[]): fc.Arbitrary<Make> {
  const change = fc.record({
    kind: fc.constantFrom('flip', 'cut', 'double', 'splice', 'put', 'put', 'remove'),
    at: fc.nat(),
    length: fc.nat(64),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    token: fc.constantFrom(...TOKENS),
    other: fc.nat(),
  });
  return fc
    .record({ example: fc.nat(), changes: fc.array(change, { minLength: 1, maxLength: 4 }) })
    .map(({ example, changes }) => () => {
      let body = Buffer.from(pick(corpus, example));
      for (const { kind, at, length, bytes, token, other } of changes) {
        const from = at % (body.length + 1);
        const [before, after] = [body.subarray(0, from), body.subarray(from)];
        const slice = after.subarray(0, length);
        const another = pick(corpus, other);
        const changed = {
          flip: [before, bytes, after.subarray(bytes.length)],
          cut: [before],
          double: [before, slice, slice, after],
          splice: [before, another.subarray(at % (another.length + 1))],
          put: [before, Buffer.from(token), after],
          remove: [before, after.subarray(length)],
        };
        body = Buffer.concat(changed[kind]);
      }
      return body;
    });
}

/** An example with one slice of it, or one word, repeated up to the limit of the parser, and a word behind the run. */
function grownBytes(corpus: readonly Buffer[], maxBytes: number): fc.Arbitrary<Make> {
  return fc
    .record({
      example: fc.nat(),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 64 }),
      repeated: fc.option(fc.constantFrom(...TOKENS)),
      end: fc.constantFrom('', ...TOKENS, ...TOKENS.map((token) => `x${token}x`)),
      share: fc.constantFrom(0.1, 0.5, 0.99, 1.01),
    })
    .map(({ example, at, length, repeated, end, share }) => () => {
      const body = pick(corpus, example);
      const from = at % body.length;
      const slice = repeated === null ? body.subarray(from, from + length) : Buffer.from(repeated);
      const grown = Buffer.alloc(Math.max(1, Math.floor(maxBytes * share) - body.length), slice);
      return Buffer.concat([body.subarray(0, from), grown, Buffer.from(end), body.subarray(from)]);
    });
}

interface Span {
  from: number;
  to: number;
  isKey: boolean;
}

/** A JSON text without white space, and the positions of its keys and values. */
function layOut(json: string): { text: string; spans: Span[] } {
  const spans: Span[] = [];
  let text = '';
  const put = (what: string, isKey: boolean) => {
    spans.push({ from: text.length, to: text.length + what.length, isKey });
    text += what;
  };
  const write = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return put(JSON.stringify(value), false);
    const from = text.length;
    const isArray = Array.isArray(value);
    text += isArray ? '[' : '{';
    for (const [index, [key, item]] of Object.entries(value).entries()) {
      if (index > 0) text += ',';
      if (!isArray) {
        put(JSON.stringify(key), true);
        text += ':';
      }
      write(item);
    }
    text += isArray ? ']' : '}';
    spans.push({ from, to: text.length, isKey: false });
  };
  write(JSON.parse(json));
  return { text, spans };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function pick<T>(items: readonly T[], number: number): T {
  const item = items[number % items.length];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
