import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseNetwork } from '../../contract/go/ip-network.ts';
import type { DeliveryView } from '../../contract/webhooks/webhook.ts';
import { freePort } from '../../dev/ports.ts';
import { waitFor } from '../../dev/wait-for.ts';
import type { WorkerConfig } from '../../worker/config.ts';
import { defined } from './defined.ts';
import type { Platform } from './platform.ts';

export interface ReceivedPost {
  headers: IncomingMessage['headers'];
  body: string;
  /** The data of the event. */
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}

type Answer = (response: ServerResponse, index: number) => void;

/** An HTTP server of this machine that keeps what it gets. */
export async function openReceiver(answer: Answer = (response) => response.writeHead(204).end()) {
  const port = await freePort();
  const posts: ReceivedPost[] = [];
  const server = createHttpServer(async (request, response) => {
    response.on('error', () => {});
    const body = await text(request);
    const index = posts.push({ headers: request.headers, body, event: JSON.parse(body) }) - 1;
    answer(response, index);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    posts,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A TCP server of this machine that does with each connection what a receiver should not. */
export async function openLiar(treat: (socket: Socket) => void) {
  const port = await freePort();
  const sockets = new Set<Socket>();
  let most = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    most = Math.max(most, sockets.size);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.resume();
    treat(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    /** At the same time. */
    mostConnections: () => most,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export const LOOPBACK = [defined(parseNetwork('127.0.0.0/8'))];

/** Webhooks that may reach this machine, with short pauses between tries. */
export function quickWebhooks(
  settings: Partial<WorkerConfig['events']['webhooks']> = {},
): WorkerConfig['events']['webhooks'] {
  return { allowed: LOOPBACK, ca: undefined, timeoutMs: 1_000, retryPausesMs: [50, 100], ...settings };
}

/** Creates a webhook by the API, as an administrator. */
export async function createWebhook(
  { api }: Platform,
  { name, url, types = '' }: { name: string; url: string; types?: string },
): Promise<{ id: number; secret: string }> {
  const { status, text: problem, body } = await api.form('/webhook/create/', { name, url, types });
  if (status !== 201) throw new Error(`${status}: ${problem}`);
  return body.collection.items[0].data[0].value;
}

/** The deliveries of a webhook as the API lists them, newest first. */
export async function deliveriesOf({ api }: Platform, webhookId: number): Promise<DeliveryView[]> {
  const { body } = await api.get(`/webhook/deliveries?webhookid=${webhookId}`);
  return (body.collection.items ?? []).map(
    (item: { data: { value: DeliveryView }[] }) => item.data[0]?.value,
  );
}

/** Waits until the newest delivery of a webhook has been tried. */
export async function triedDelivery(platform: Platform, webhookId: number): Promise<DeliveryView> {
  return waitFor('a try', async () => {
    const [newest] = await deliveriesOf(platform, webhookId);
    return newest?.lastat ? newest : undefined;
  }) as Promise<DeliveryView>;
}

/** Waits until the newest delivery of a webhook has ended. */
export async function endedDelivery(platform: Platform, webhookId: number): Promise<DeliveryView> {
  return waitFor('the end of a delivery', async () => {
    const [newest] = await deliveriesOf(platform, webhookId);
    return newest?.endedat ? newest : undefined;
  }) as Promise<DeliveryView>;
}

/** Records an event, as a change of state does. */
export async function emit({ pool }: Platform, runid = 1): Promise<void> {
  await pool.query(
    `INSERT INTO events (kind, detail)
     VALUES ('sweep.waived', jsonb_build_object('sweepid', 7, 'waiverid', $1::integer, 'check', 'a', 'until', now()))`,
    [runid],
  );
}
