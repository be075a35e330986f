import type { Context } from 'hono';
import { MigError } from '../contract/errors.ts';
import { refuseNul } from '../contract/rules/nul.ts';

/** Reads a body up to a limit, counting what arrives, not what the header promises. */
export async function readBody(c: Context, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new MigError('body_too_large', `body is over ${maxBytes} bytes`);
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An urlencoded form. Bytes that are not UTF-8 are refused: URLSearchParams would replace them without a word. */
export function parseForm(body: Buffer): Map<string, string> {
  const form = new Map<string, string>();
  for (const pair of body.toString('latin1').split('&')) {
    if (pair === '') continue;
    const [name = '', ...rest] = pair.split('=');
    const key = decodePart(name, 'field name');
    if (form.has(key)) throw new MigError('parameter_invalid', `${key}: given twice`);
    form.set(key, decodePart(rest.join('='), key));
  }
  return form;
}

export async function readForm(c: Context, maxBytes: number): Promise<Map<string, string>> {
  const type = c.req.header('Content-Type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new MigError('parameter_invalid', 'Content-Type: must be application/x-www-form-urlencoded');
  }
  return parseForm(await readBody(c, maxBytes));
}

/** A positive id from the query or a form; MIG's words for what is wrong with it. */
export function parseId(thing: string, name: string, text: string | undefined): number {
  if (text === undefined || text === '') throw new MigError('parameter_invalid', `${name}: missing`);
  const id = Number(text);
  if (!/^\d+(\.0*)?$/.test(text) || !Number.isSafeInteger(id)) {
    throw new MigError('parameter_invalid', `Wrong parameters '${name}': not an id`);
  }
  if (id <= 0) throw new MigError('parameter_invalid', `Invalid ${thing} ID '${id}'`);
  return id;
}

function decodePart(text: string, field: string): string {
  const bytes = Buffer.from(
    text
      .replaceAll('+', ' ')
      .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    refuseNul(decoded, field);
    return decoded;
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('body_not_utf8', `${field}: not valid UTF-8`, { cause });
  }
}

/** More records in one answer are not given; the next page has them. */
const MAX_LIMIT = 1_000_000;

/** A limit or an offset of the query. */
export function parseCount(query: Record<string, string>, name: string, byDefault: number): number {
  const value = Number(query[name] ?? byDefault);
  if (!Number.isInteger(value) || value < 0)
    throw new MigError('parameter_invalid', `${name}: must be a whole number, 0 or more`);
  return Math.min(value, MAX_LIMIT);
}
