import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface FileServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  url: string;
}

/** Serves one thing over HTTPS, with the certificate that the development relay has. */
export async function openFileServer(certificates: string, serve: RequestListener): Promise<FileServer> {
  const server = createServer(
    {
      cert: readFileSync(join(certificates, 'relay.crt')),
      key: readFileSync(join(certificates, 'relay.key')),
    },
    serve,
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers every request with this file. */
export function serveFile(file: string): (request: IncomingMessage, response: ServerResponse) => void {
  const content = readFileSync(file);
  return (_, response) => {
    response.writeHead(200, { 'Content-Length': content.length, ETag: '"1"' });
    response.end(content);
  };
}
