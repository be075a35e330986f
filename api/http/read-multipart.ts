import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { refuseNul } from '../../contract/text/nul.ts';
import type { ApiEnv } from '../context.ts';
import { readBody } from './read-request.ts';

/** The parts of a multipart body as text, files included. */
export async function readMultipart(c: Context<ApiEnv>): Promise<Map<string, string>> {
  const form = await parseMultipart(c.req.header('Content-Type') ?? '', readBody(c));
  for (const [name, text] of form) refuseNul(text, name);
  return form;
}

async function parseMultipart(contentType: string, body: Buffer): Promise<Map<string, string>> {
  const form = new Map<string, string>();
  for (const [name, value] of await readParts(contentType, body)) {
    if (form.has(name)) throw new MigError('parameter_invalid', `${name}: given twice`);
    form.set(name, typeof value === 'string' ? value : await value.text());
  }
  return form;
}

async function readParts(contentType: string, body: Buffer): Promise<FormData> {
  try {
    const response = new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } });
    return await response.formData();
  } catch (cause) {
    throw new MigError('parameter_invalid', 'Content-Type: must be multipart/form-data', { cause });
  }
}
