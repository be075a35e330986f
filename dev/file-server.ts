import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface FileServer extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  url: string;
}

/** Opens an HTTPS server with the certificate of the development relay. */
export async function openFileServer(certificates: string, serve: RequestListener): Promise<FileServer> {
  const server = createServer(
    {
      cert: readFileSync(join(certificates, 'relay.crt')),
      key: readFileSync(join(certificates, 'relay.key')),
    },
    serve,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Returns a listener that answers every request with this file. */
export function serveFile(file: string): RequestListener {
  const content = readFileSync(file);
  return (_, response) => {
    response.writeHead(200, { 'Content-Length': content.length, ETag: '"1"' });
    response.end(content);
  };
}
