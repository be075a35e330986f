import { z } from 'zod';
import { MigError } from '../../contract/errors.ts';
import { readStart } from './read-start.ts';

/** What the metadata service of AWS tells an instance about itself. */
export interface Instance {
  region: string;
  account: string;
  credentials(): Promise<Credentials>;
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

const METADATA = 'http://169.254.169.254';
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1024;
/** Credentials are renewed this long before they expire. */
const RENEW_MS = 5 * 60_000;

const Identity = z.object({
  region: z.string().regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/),
  accountId: z.string().regex(/^\d{12}$/),
});
const RoleCredentials = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string(),
  Expiration: z.string(),
});

/** Throws when this is no instance, or has no role. */
export async function readInstance(base = METADATA, now = Date.now): Promise<Instance> {
  const { region, accountId } = parse(Identity, await get(base, 'dynamic/instance-identity/document'));
  let known: { credentials: Credentials; expiresMs: number } | undefined;
  return {
    region,
    account: accountId,
    async credentials() {
      if (known && now() < known.expiresMs - RENEW_MS) return known.credentials;
      known = await readCredentials(base);
      return known.credentials;
    },
  };
}

async function readCredentials(base: string): Promise<{ credentials: Credentials; expiresMs: number }> {
  const folder = 'meta-data/iam/security-credentials/';
  const [role = ''] = (await get(base, folder)).trim().split('\n');
  if (!/^[\w+=,.@-]+$/.test(role)) throw new MigError('unavailable', 'this instance has no role');
  const found = parse(RoleCredentials, await get(base, `${folder}${role}`));
  return {
    credentials: {
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretAccessKey,
      sessionToken: found.Token,
    },
    expiresMs: Date.parse(found.Expiration),
  };
}

/** Uses a session token (version 2 of the service) where it issues one. */
async function get(base: string, path: string): Promise<string> {
  const token = await ask(`${base}/latest/api/token`, {
    method: 'PUT',
    headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
  }).catch(() => undefined);
  const headers = token === undefined ? {} : { 'X-aws-ec2-metadata-token': token };
  return ask(`${base}/latest/${path}`, { headers });
}

async function ask(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (answer.ok) return readStart(answer, MAX_BYTES);
  await answer.body?.cancel();
  throw new MigError('unavailable', `the metadata service answered ${answer.status}`);
}

/** The text of an error must not hold credentials. */
function parse<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new MigError('unavailable', 'the metadata service gave an answer that cannot be read');
  }
}
