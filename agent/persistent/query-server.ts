import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { failedResult } from '../../modules/define-run.ts';
import { readInput } from '../../modules/protocol.ts';
import { createLineSplitter } from '../../platform/async/split-lines.ts';

const MAX_CONNECTIONS = 16;
/** From the connection until the last byte of the answer has left. */
const TIMEOUT_MS = 10_000;

/**
 * Answers queries on a Unix socket that only the agent's own user can open: one line of parameters and one line of result
 * for each connection (spec/modules/README.md#queries).
 */
export async function serveQueries(
  path: string,
  answer: (parameters: unknown) => ModuleResult,
): Promise<AsyncDisposable> {
  if (process.platform === 'win32') {
    throw new MigError('unavailable', 'persistent listener not available for this platform');
  }
  const open = new Set<Socket>();
  // The other side may end its part before it has the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    serve(socket, answer);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, path);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      rmSync(path, { force: true });
    },
  };
}

/** A socket that was left by an earlier process is removed first. */
async function listen(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const earlier = lstatSync(path, { throwIfNoEntry: false });
  if (earlier?.isDirectory()) throw new MigError('config_invalid', `${path}: there is a folder in its place`);
  if (earlier) rmSync(path, { force: true });
  const listening = once(server, 'listening');
  const before = process.umask(0o177);
  server.listen(path);
  process.umask(before);
  await listening;
  chmodSync(path, 0o600);
}

function serve(socket: Socket, answer: (parameters: unknown) => ModuleResult): void {
  const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS);
  let isAnswered = false;
  const reply = (result: ModuleResult) => {
    if (isAnswered) return;
    isAnswered = true;
    socket.end(`${encodeJson(result)}\n`);
  };
  const lines = createLineSplitter({
    maxBytes: MAX_COMMAND_BYTES,
    onLine: (line) => reply(answerLine(line, answer)),
    onTooLong: () => reply(failedResult(`a query may have ${MAX_COMMAND_BYTES} bytes`)),
  });
  socket.on('data', (chunk: Buffer) => lines.push(chunk));
  socket.on('end', () => {
    lines.end();
    if (!isAnswered) socket.destroy();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => clearTimeout(timer));
}

function answerLine(line: string, answer: (parameters: unknown) => ModuleResult): ModuleResult {
  try {
    return answer(readInput(line).parameters);
  } catch (error) {
    return failedResult(errorMessage(error));
  }
}
