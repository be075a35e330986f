const METADATA = 'http://169.254.169.254';
const TIMEOUT_MS = 1_000;
const MAX_BYTES = 10_240;
const FACTS = {
  instanceid: 'instance-id',
  localipv4: 'local-ipv4',
  amiid: 'ami-id',
  instancetype: 'instance-type',
} as const;

/**
 * Asks the metadata service of AWS for all four facts about this instance; undefined when one is missing. Uses a session
 * token (version 2) where the service issues one.
 */
export async function detectAws(base = METADATA): Promise<Record<string, string> | undefined> {
  try {
    const token = await ask(`${base}/latest/api/token`, {
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' },
    }).catch(() => undefined);
    const headers = token === undefined ? {} : { 'X-aws-ec2-metadata-token': token };
    const facts = await Promise.all(
      Object.entries(FACTS).map(
        async ([key, path]): Promise<[string, string]> => [
          key,
          await ask(`${base}/latest/meta-data/${path}`, { headers }),
        ],
      ),
    );
    return Object.fromEntries(facts);
  } catch {
    return undefined; // The usual case: not in AWS.
  }
}

async function ask(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  const length = Number(answer.headers.get('content-length') ?? Number.NaN);
  if (!answer.ok || !(length <= MAX_BYTES)) {
    await answer.body?.cancel();
    throw new Error(`metadata service answered ${answer.status}`);
  }
  return (await answer.text()).trim();
}
