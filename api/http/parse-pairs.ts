import { MigError } from '../../contract/errors.ts';
import { refuseNul } from '../../contract/text/nul.ts';

const MAX_PARAMETERS = 100;
const MAX_NAME = 64;
const MAX_VALUE = 4096;

/** Parses an urlencoded form; refuses a repeated field. */
export function parseForm(body: Buffer): Map<string, string> {
  const form = new Map<string, string>();
  const pairs = body.toString('latin1').split('&', MAX_PARAMETERS + 1);
  if (pairs.length > MAX_PARAMETERS) {
    throw new MigError('parameter_invalid', `the form has more than ${MAX_PARAMETERS} fields`);
  }
  for (const pair of pairs) {
    if (pair === '') continue;
    const [name, value] = splitPair(pair);
    if (name.length > 3 * MAX_NAME) {
      throw new MigError('parameter_invalid', `a name in the form is over ${MAX_NAME} characters`);
    }
    const field = decodePart(name, 'field name');
    if (form.has(field)) throw new MigError('parameter_invalid', `${field}: given twice`);
    form.set(field, decodePart(value, field));
  }
  return form;
}

/** Parses a query; refuses a repeated parameter. */
export function parseQuery(text: string): Record<string, string> {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_PARAMETERS) {
    throw new MigError('parameter_invalid', `the query has more than ${MAX_PARAMETERS} values`);
  }
  const query = new Map<string, string>();
  for (const pair of pairs) {
    const [name, value] = splitPair(pair);
    const parameter = decodePart(name, 'parameter name');
    if (parameter.length > MAX_NAME) {
      throw new MigError('parameter_invalid', `a name in the query is over ${MAX_NAME} characters`);
    }
    const decoded = decodePart(value, parameter);
    if (decoded.length > MAX_VALUE) {
      throw new MigError('parameter_invalid', `a value of the query is over ${MAX_VALUE} characters`);
    }
    if (query.has(parameter)) throw new MigError('parameter_invalid', `${parameter}: given twice`);
    query.set(parameter, decoded);
  }
  return Object.fromEntries(query);
}

/** Refuses unknown names: a mistyped filter would silently widen the result. */
export function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const name = names.find((candidate) => !known.includes(candidate));
  if (name === undefined) return;
  const others = known.length === 0 ? 'there is none' : `known are ${known.join(', ')}`;
  throw new MigError('parameter_invalid', `${name}: no such parameter here; ${others}`);
}

/** Splits at the first `=`; without one the value is empty. */
function splitPair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf('=');
  return equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

/**
 * Decodes one name or value. Bytes that are not UTF-8 are refused: URLSearchParams would replace them silently, and read
 * the pattern `%de%` as a byte. A `%` that starts no escape is literal, as MIG's clients write it.
 */
function decodePart(text: string, field: string): string {
  const bytes = decodeEscapes(text);
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new MigError('body_not_utf8', `${field}: not valid UTF-8`, { cause });
  }
  refuseNul(decoded, field);
  return decoded;
}

const SPACE = 0x20;
const PLUS = 0x2b;
const PERCENT = 0x25;

/** The bytes of an escaped text. A manifest has up to 96 MB of it, for which a regular expression needs seconds. */
function decodeEscapes(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.readUInt8(i);
    const escaped = byte === PERCENT ? hexByte(bytes[i + 1], bytes[i + 2]) : undefined;
    if (escaped !== undefined) i += 2;
    bytes[length] = escaped ?? (byte === PLUS ? SPACE : byte);
    length++;
  }
  return bytes.subarray(0, length);
}

function hexByte(high: number | undefined, low: number | undefined): number | undefined {
  const [first, second] = [hexDigit(high), hexDigit(low)];
  return first === undefined || second === undefined ? undefined : first * 16 + second;
}

function hexDigit(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x41 + 10 : undefined;
}
