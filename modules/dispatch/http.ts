import { MigError } from '../../contract/errors.ts';
import type { Sender } from './queue.ts';

const TIMEOUT_MS = 10_000;

/** Posts records as JSON. As in MIG the status of the answer does not count. */
export function createHttpSender(url: string): Sender {
  return {
    name: 'http post',
    async connect() {
      checkUrl(url);
      return (record) => post(url, { body: record, headers: { 'Content-Type': 'application/json' } });
    },
  };
}

function checkUrl(url: string): void {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new MigError('config_invalid', `httpurl: ${JSON.stringify(url)} is no http:// or https:// address`);
  }
}

async function post(
  url: string,
  { body, headers }: { body: string; headers: Record<string, string> },
): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await answer.body?.cancel();
}
