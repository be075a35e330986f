/**
 * JSON exactly as Go's encoding/json writes it: keys sorted by their UTF-8 bytes, `<`, `>`, `&`, U+2028 and U+2029
 * escaped, `-0` kept. Signatures are made over these bytes (spec/action.md#signed-text).
 */
export function goJson(value: unknown, escapes: GoEscapes = 'go1.22'): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return goNumber(value);
    case 'string':
      return goString(value, escapes);
    case 'object':
      return Array.isArray(value)
        ? `[${value.map((item) => goJson(item, escapes)).join(',')}]`
        : sortedObject(value as Record<string, unknown>, escapes);
    default:
      throw new TypeError(`not JSON: ${typeof value}`);
  }
}

/** Go before 1.22 wrote backspace and form feed as \u0008 and \u000c. Verifiers try both. */
export type GoEscapes = 'go1.22' | 'older';

/** JSON that is already encoded and must not change, such as signed operations. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** As `goJson`, but keeps the order of keys (Go's struct order), omits undefined, and embeds RawJson verbatim. */
export function encodeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return goJson(value);
  const fields = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(fields)) {
    if (fields[key] === undefined) continue;
    text += `${text === '' ? '' : ','}${goString(key)}:${encodeJson(fields[key])}`;
  }
  return `{${text}}`;
}

/**
 * As `encodeJson`, for a value that JSON.parse made: several times faster. Only two kinds of value have another form in
 * JSON.stringify: `-0`, which becomes `0`, and lone surrogates, which are escaped. `source` is the JSON text that the
 * value came from, also as Latin-1.
 */
export function encodeParsedJson(value: unknown, source: string): string {
  if (MAY_BE_NEGATIVE_ZERO.test(source)) return encodeJson(value);
  const text = JSON.stringify(value);
  if (MAY_BE_SURROGATE.test(text)) return encodeJson(value);
  // Outside of texts JSON has none of these characters.
  return text.replace(/[<>&\u2028\u2029]/g, (c) => escapeOf(c, 'go1.22'));
}

/** Where a value may begin: a minus, and zero or what may underflow to it. Most minus signs are in dates and names. */
const MAY_BE_NEGATIVE_ZERO = /(?:^|[[,:\s])-(?:0|[\d.]+[eE]-)/;
const MAY_BE_SURROGATE = /\\ud[89a-f]/;

function goString(text: string, escapes: GoEscapes = 'go1.22'): string {
  const wellFormed = text.toWellFormed();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
  if (!/[\u0000-\u001f"\\<>&\u2028\u2029]/.test(wellFormed)) return `"${wellFormed}"`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be escaped
  return `"${wellFormed.replace(/[\u0000-\u001f"\\<>&\u2028\u2029]/g, (c) => escapeOf(c, escapes))}"`;
}

/** Orders strings by their UTF-8 bytes; the default order compares UTF-16 units, and differs above U+FFFF. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sortedObject(object: Record<string, unknown>, escapes: GoEscapes): string {
  const keys = Object.keys(object);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys outside ASCII need the slow comparison
  const isAscii = keys.every((key) => /^[\u0000-\u007f]*$/.test(key));
  if (isAscii) keys.sort();
  else keys.sort(compareUtf8);
  return `{${keys.map((key) => `${goString(key, escapes)}:${goJson(object[key], escapes)}`).join(',')}}`;
}

function goNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('not a JSON number');
  return Object.is(value, -0) ? '-0' : String(value);
}

function escapeOf(c: string, escapes: GoEscapes): string {
  switch (c) {
    case '"':
    case '\\':
      return `\\${c}`;
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    case '\b':
      return escapes === 'go1.22' ? '\\b' : '\\u0008';
    case '\f':
      return escapes === 'go1.22' ? '\\f' : '\\u000c';
    default:
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}
