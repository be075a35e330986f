import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, type TlsOptions } from 'node:tls';

/** Returns TLS options with the relay's certificate from this folder, for clients with a certificate of the same CA. */
export function serverTls(folder: string): TlsOptions {
  return {
    ca: readFileSync(join(folder, 'ca.crt')),
    cert: readFileSync(join(folder, 'relay.crt')),
    key: readFileSync(join(folder, 'relay.key')),
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
  };
}

/** Opens a server that ends TLS and passes the bytes of accepted clients on to the socket that `open` returns. */
export async function openTlsGate({
  certificates,
  host = '127.0.0.1',
  open,
}: {
  certificates: string;
  host?: string;
  open: () => Socket;
}): Promise<{ port: number; accepted: () => number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer(serverTls(certificates), (incoming) => {
    accepted++;
    const outgoing = open();
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
