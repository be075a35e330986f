import { once } from 'node:events';
import { accessSync, chmodSync, constants, rmSync } from 'node:fs';
import { type ClientRequest, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { isMissing, whyUnreadable } from '../../platform/files/read-text.ts';
import type { Logger } from '../../platform/log.ts';

/**
 * The control socket for the operator of the machine (`mig-agent -q`): HTTP, as on MIG's stat socket, but on a Unix socket
 * that only the agent's own user can open, or on a named pipe of Windows. It opens no port.
 */
export interface ControlHandlers {
  status: () => unknown;
  shutdown: () => void;
}

export const QUERIES = ['pid', 'shutdown', 'status'] as const;
export type Query = (typeof QUERIES)[number];

const TIMEOUT_MS = 5_000;
const MAX_RESPONSE_BYTES = 1024 * 1024;

function controlPath(runDir: string): string {
  return process.platform === 'win32' ? '\\\\.\\pipe\\mig-agent' : join(runDir, 'mig-agent.sock');
}

/** Serves until closed. If no socket can be created, as in a read-only run folder, it only logs that. */
export async function serveControl(
  runDir: string,
  { handlers, log }: { handlers: ControlHandlers; log: Logger },
): Promise<AsyncDisposable> {
  const path = controlPath(runDir);
  const server = createServer((incoming, response) => {
    incoming.resume();
    const { status, type, body, afterwards } = respondTo(incoming, handlers);
    if (afterwards) response.on('finish', afterwards);
    response.writeHead(status, { 'Content-Type': type, Connection: 'close' });
    response.end(body);
  });
  server.requestTimeout = TIMEOUT_MS;
  server.maxConnections = 8;
  try {
    await listen(server, path);
  } catch (error) {
    log.warn(
      { path, error: errorMessage(error) },
      'no control socket: mig-agent -q will not find this agent',
    );
  }
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections?.();
      const closed = createDeferred();
      server.close(() => closed.resolve());
      await closed.promise;
      if (process.platform !== 'win32') rmSync(path, { force: true });
    },
  };
}

interface QueryResponse {
  status: number;
  type: 'text/plain' | 'application/json';
  body: string;
  /** Called after the response was sent. */
  afterwards?: () => void;
}

function respondTo(
  { url, method }: Pick<IncomingMessage, 'url' | 'method'>,
  handlers: ControlHandlers,
): QueryResponse {
  switch (url) {
    case '/pid':
      return { status: 200, type: 'text/plain', body: String(process.pid) };
    case '/status':
      return { status: 200, type: 'application/json', body: JSON.stringify(handlers.status()) };
    case '/shutdown':
      if (method !== 'POST') return { status: 405, type: 'text/plain', body: 'shutdown needs POST' };
      return {
        status: 200,
        type: 'text/plain',
        body: 'shutdown requested',
        afterwards: handlers.shutdown,
      };
    default:
      return { status: 404, type: 'text/plain', body: 'not found' };
  }
}

/** Removes an existing socket file first: this agent has the lock, so the file is a leftover. */
async function listen(server: Server, path: string): Promise<void> {
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const listening = once(server, 'listening');
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
  await listening;
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

/** Queries the running agent; throws `unavailable` when there is none, `unauthorized` when this user may not query it. */
export async function queryAgent(runDir: string, query: Query): Promise<string> {
  const socketPath = controlPath(runDir);
  if (process.platform !== 'win32') checkSocket(socketPath);
  try {
    return await sendQuery(socketPath, query);
  } catch (cause) {
    throw new MigError('unavailable', `no answer from the agent: ${errorMessage(cause)}`, { cause });
  }
}

async function sendQuery(socketPath: string, query: Query): Promise<string> {
  const asking = request({
    socketPath,
    path: `/${query}`,
    timeout: TIMEOUT_MS,
    method: query === 'shutdown' ? 'POST' : 'GET',
  });
  const failed = createDeferred<never>();
  asking.on('error', failed.reject);
  asking.on('timeout', () => asking.destroy(new Error('it took too long')));
  asking.end();
  return Promise.race([readResponse(asking), failed.promise]);
}

async function readResponse(asking: ClientRequest): Promise<string> {
  const [response]: IncomingMessage[] = await once(asking, 'response');
  if (response === undefined) throw new Error('there was no response');
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length > MAX_RESPONSE_BYTES) throw new Error('its answer is too long');
  }
  return text;
}

function checkSocket(path: string): void {
  try {
    accessSync(path, constants.W_OK);
  } catch (cause) {
    if (isMissing(cause)) {
      throw new MigError('unavailable', `no agent runs here: there is no ${path}`, { cause });
    }
    throw new MigError('unauthorized', `${path}: the agent cannot be asked: ${whyUnreadable(cause)}`, {
      cause,
    });
  }
}
