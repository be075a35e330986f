import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

/** A TCP proxy in front of a service that can block or break connections. */
export interface TcpGate extends AsyncDisposable {
  port: number;
  /** `forward` passes everything on; `swallow` accepts connections and never answers. */
  set(mode: 'forward' | 'swallow'): void;
  /** Forwards to another port of the same host from now on. */
  redirect(port: number): void;
  /** A partition: until `thaw` no byte passes and no connection ends. */
  freeze(): void;
  thaw(): void;
  /** Holds back everything that the service sends for this long. */
  delay(ms: number): void;
  /** Connections accepted so far. */
  accepted(): number;
  breakAll(): void;
}

export async function openTcpGate(host: string, firstPort: number): Promise<TcpGate> {
  let mode: 'forward' | 'swallow' = 'forward';
  let accepted = 0;
  let port = firstPort;
  let isFrozen = false;
  let delayMs = 0;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    if (isFrozen) socket.pause();
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((incoming) => {
    accepted++;
    keep(incoming);
    if (mode === 'swallow') return void incoming.resume();
    const outgoing = connect(port, host);
    const delayed = new Transform({
      transform(chunk, _, done) {
        if (delayMs === 0) done(null, chunk);
        else setTimeout(done, delayMs, null, chunk);
      },
    });
    incoming.pipe(outgoing).pipe(delayed).pipe(incoming);
    keep(outgoing);
    if (isFrozen) incoming.pause();
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
    },
    redirect(next) {
      port = next;
    },
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    delay(ms) {
      delayMs = ms;
    },
    accepted: () => accepted,
    breakAll,
    async [Symbol.asyncDispose]() {
      breakAll();
      server.close();
      await once(server, 'close');
    },
  };
}
