import { reasonOf } from '../../client/reason-of.ts';
import { Envelope } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { abortAfter } from '../../platform/async/abort-after.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024;
/** Where the API of MIG is on its host. */
const BASE = 'api/v1/';
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * The base address of the API that a person means: `mig.example.net`, with or without its scheme and path. Throws with
 * what each address answered.
 */
export async function findApi(text: string): Promise<string> {
  const reasons: string[] = [];
  for (const url of candidates(text)) {
    const reason = await whyNotApi(url);
    if (reason === undefined) return url;
    reasons.push(`${url}: ${reason}`);
  }
  const hint = SCHEME.test(text.trim()) ? '' : '; an API without TLS needs http:// before its name';
  throw new MigError('config_invalid', `no API of MIG there: ${reasons.join('; ')}${hint}`);
}

export function candidates(text: string): string[] {
  const trimmed = text.trim();
  const withScheme = SCHEME.test(trimmed) ? trimmed : `https://${trimmed}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new MigError(
      'usage',
      `${JSON.stringify(text)} is no address of an API, such as https://mig.example.net`,
    );
  const base = url.href.endsWith('/') ? url.href : `${url.href}/`;
  return base.endsWith(`/${BASE}`) ? [base] : [`${base}${BASE}`, base];
}

/** Undefined when the API of MIG answers there, ours or MIG's own. */
async function whyNotApi(url: string): Promise<string | undefined> {
  const { signal, dispose } = abortAfter(TIMEOUT_MS, []);
  try {
    // MIG's own API describes itself at this address only.
    const response = await fetch(url, { signal, redirect: 'error' });
    const text = await readSome(response);
    if (!response.ok) return `it answers ${response.status}`;
    const parsed = Envelope.safeParse(JSON.parse(text));
    return parsed.success ? undefined : 'its answer is not that of MIG';
  } catch (error) {
    if (signal.aborted) return `no answer within ${TIMEOUT_MS / 1000} s`;
    if (error instanceof SyntaxError) return 'its answer is not that of MIG';
    // Those of OpenSSL end with a line feed.
    return reasonOf(error).trim();
  } finally {
    dispose();
  }
}

async function readSome(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString();
}
