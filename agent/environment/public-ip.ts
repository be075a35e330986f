import { isIP } from 'node:net';
import { type HttpProxy, proxyUrl } from '../../platform/network/proxies.ts';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 256;

/** Asks the API for the agent's public address, through the first proxy that works, otherwise directly. */
export async function detectPublicIp(
  api: string,
  proxies: readonly HttpProxy[],
): Promise<string | undefined> {
  const url = `${api.replace(/\/+$/, '')}/ip`;
  for (const proxy of [...proxies, undefined]) {
    const text = await ask(url, proxy).catch(() => '');
    if (isIP(text) !== 0) return text;
  }
  return undefined;
}

async function ask(url: string, proxy: HttpProxy | undefined): Promise<string> {
  // Bun's `fetch`, in the compiled executable, accepts a proxy.
  const options = proxy === undefined ? {} : { proxy: proxyUrl(proxy) };
  const answer = await fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.length > MAX_BYTES) return '';
  }
  return answer.ok ? text.trim() : '';
}
