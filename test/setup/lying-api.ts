import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A response before the lie, and after it. */
export interface Told {
  status: number;
  headers?: Record<string, string>;
  body: Buffer | string;
}

/** What a server between the loader and the API makes of a response to `path`. */
export type Lie = (path: string, response: Told) => Told;

export interface LyingApi extends AsyncDisposable {
  /** The base URL, without a slash at the end. */
  url: string;
  lie: Lie;
  /** The paths that were asked for, in order. */
  asked: string[];
}

/** Opens a server that passes requests of loaders on to the API, and changes the responses. */
export async function openLyingApi(apiUrl: string): Promise<LyingApi> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    asked.push(path);
    void (async () => {
      const body = await buffer(request);
      const answer = await fetch(`${apiUrl}${path}`, {
        method: request.method ?? 'POST',
        headers: kept(request.headers),
        body: new Uint8Array(body),
      });
      const truth = { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
      const { status, headers = {}, body: told } = lying.lie(path, truth);
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.end(told);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const lying: LyingApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lie: (_, response) => response,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return lying;
}

function kept(headers: IncomingHttpHeaders): Record<string, string> {
  return {
    'Content-Type': headers['content-type'] ?? '',
    'X-LOADERKEY': String(headers['x-loaderkey'] ?? ''),
  };
}
