import { accessSync, chmodSync, constants, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { isMissing, whyUnreadable } from '../../platform/files/read-text.ts';
import type { Logger } from '../../platform/log.ts';

/**
 * The agent's door for the administrator of its machine (`mig-agent -q`): HTTP as MIG's stat socket speaks it, but on
 * a Unix socket that only the agent's own user can open, a named pipe on Windows. It opens no port.
 */
export interface ControlHandlers {
  status: () => unknown;
  shutdown: () => void;
}

export const QUERIES = ['pid', 'shutdown', 'status'] as const;
export type Query = (typeof QUERIES)[number];

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

function controlPath(runDir: string): string {
  return process.platform === 'win32' ? '\\\\.\\pipe\\mig-agent' : join(runDir, 'mig-agent.sock');
}

/** Serves until closed. Where no socket can be made (a read-only run folder) it says so once and does without. */
export async function serveControl(
  runDir: string,
  { handlers, log }: { handlers: ControlHandlers; log: Logger },
): Promise<AsyncDisposable> {
  const path = controlPath(runDir);
  const server = createServer((incoming, answer) => {
    incoming.resume();
    const reply = (status: number, type: string, body: string) => {
      answer.writeHead(status, { 'Content-Type': type, Connection: 'close' });
      answer.end(body);
    };
    if (incoming.url === '/pid') return reply(200, 'text/plain', String(process.pid));
    if (incoming.url === '/status') return reply(200, 'application/json', JSON.stringify(handlers.status()));
    if (incoming.url !== '/shutdown') return reply(404, 'text/plain', 'not found');
    if (incoming.method !== 'POST') return reply(405, 'text/plain', 'shutdown needs POST');
    answer.on('finish', handlers.shutdown);
    reply(200, 'text/plain', 'shutdown requested');
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
      await new Promise((resolve) => server.close(resolve));
      if (process.platform !== 'win32') rmSync(path, { force: true });
    },
  };
}

/** The lock says that no other agent runs here, so a socket file that is there already is a leftover. */
function listen(server: Server, path: string): Promise<void> {
  if (process.platform !== 'win32') rmSync(path, { force: true });
  return new Promise((resolve, reject) => {
    const before = process.umask(0o177);
    server.once('error', reject);
    server.listen(path, () => {
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve();
    });
    process.umask(before);
  });
}

/** Asks the running agent; throws `unavailable` when there is none, `unauthorized` when it does not listen to this user. */
export async function askAgent(runDir: string, query: Query): Promise<string> {
  const socketPath = controlPath(runDir);
  if (process.platform !== 'win32') checkSocket(socketPath);
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new MigError('unavailable', `no answer from the agent: ${error.message}`, { cause: error }));
    const asked = request(
      {
        socketPath,
        path: `/${query}`,
        timeout: TIMEOUT_MS,
        method: query === 'shutdown' ? 'POST' : 'GET',
      },
      (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => {
          text += chunk;
          if (text.length > MAX_ANSWER_BYTES) asked.destroy(new Error('its answer is too long'));
        });
        answer.on('end', () => resolve(text));
        answer.on('error', fail);
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('it took too long')));
    asked.on('error', fail);
    asked.end();
  });
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
