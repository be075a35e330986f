import { z } from 'zod';
import type { Route } from '../contract/api/route.ts';
import { MigError } from '../contract/errors.ts';
import { printable } from '../contract/text/printable.ts';
import { abortAfter } from '../platform/async/abort-after.ts';
import { type Answered, type Given, readAnswer, toRequest } from './call.ts';
import { codeOf } from './error-code.ts';

type ReadingRoute = Route & { method: 'GET' };

/** Reads the API, and cannot change anything: no other route has a place here. */
export interface Reader {
  read<R extends ReadingRoute>(route: R, given: Given<R>): Promise<Answered<R>>;
}

interface ReaderOptions {
  /** With a slash at its end. */
  apiUrl: string;
  apiKey: string;
  version: string;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 16 * 1024 * 1024;
const Refusal = z.object({
  collection: z.object({ error: z.object({ code: z.unknown(), message: z.string() }) }),
});

export function createReader({ apiUrl, apiKey, version }: ReaderOptions): Reader {
  const headers = { 'X-MIGAPIKEY': apiKey, 'User-Agent': `MIG Client mig-${version}` };
  return {
    async read(route, given) {
      const { path, method } = toRequest(route, given);
      if (method !== 'GET') throw new MigError('internal', `${method} ${path} is no reading`);
      const { signal, dispose } = abortAfter(TIMEOUT_MS, []);
      try {
        const response = await fetch(new URL(path, apiUrl), { headers, signal, redirect: 'error' });
        const text = await readText(response);
        if (response.status !== route.answer.status) throw refusalOf(response.status, text);
        return readAnswer(route, text);
      } catch (cause) {
        if (cause instanceof MigError) throw cause;
        throw new MigError('unavailable', `${apiUrl} cannot be reached`, { cause });
      } finally {
        dispose();
      }
    },
  };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) {
      throw new MigError('unavailable', `the answer is over ${MAX_BYTES} bytes: ask for fewer records`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function refusalOf(status: number, text: string): MigError {
  const parsed = Refusal.safeParse(parseJson(text));
  if (!parsed.success) return new MigError('unavailable', `the API answered ${status} without its envelope`);
  const { code, message } = parsed.data.collection.error;
  return new MigError(codeOf(status, code), printable(message));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
