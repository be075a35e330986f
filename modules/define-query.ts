import { connect, type Socket } from 'node:net';
import type { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { goErrno } from '../contract/go/errno.ts';
import { encodeJson } from '../contract/go/json.ts';
import { parseStrictJson } from '../contract/go/strict-json.ts';
import { ModuleResult } from '../contract/module-result.ts';
import { createDeferred } from '../platform/async/deferred.ts';
import { defineRun, failedResult } from './define-run.ts';
import { type ModuleRun, NO_TERMS, type RunTerms } from './module.ts';

/** The longest wait for a running module when the message has no terms. */
const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_RESULT_BYTES = 3 * 1024 * 1024;

/**
 * Makes the half of a persistent module that answers an operation: it checks the parameters, forwards them to the running
 * module, and returns its result (spec/modules/README.md#queries).
 */
export function defineQuery<Parameters>({
  parameters,
  findProblem,
}: {
  parameters: z.ZodType<Parameters>;
  findProblem?(parameters: Parameters): string | undefined;
}): ModuleRun {
  const query = defineRun({
    parameters,
    ...(findProblem && { findProblem }),
    run: (checked, { persistSocket = '', terms = NO_TERMS }) => askRunning(checked, { persistSocket, terms }),
  });
  return {
    ...query,
    async run(input, context) {
      if (context.persistSocket === undefined) {
        return failedResult('ReadPersistInputParameters() -> no persistsock set in message');
      }
      return query.run(input, context);
    },
  };
}

async function askRunning(
  parameters: unknown,
  { persistSocket, terms }: { persistSocket: string; terms: RunTerms },
): Promise<ModuleResult> {
  const timeoutMs = Math.min(DEFAULT_TIMEOUT_MS, terms.endsAtMs - performance.now());
  const text = await exchange(openSocket(persistSocket), {
    request: `${encodeJson({ class: 'parameters', parameters })}\n`,
    timeoutMs: Math.max(1, timeoutMs),
    maxBytes: Math.min(MAX_RESULT_BYTES, terms.maxBytes),
  });
  return parseResult(text);
}

interface Address {
  socket: Socket;
  /** The address as Go prints it. */
  name: string;
}

/** The texts are MIG's. */
function openSocket(specification: string): Address {
  const [family, first, second, ...rest] = specification.split(':');
  if (rest.length > 0) throw refused('invalid socket specification for request');
  switch (family) {
    case 'unix':
      if (!first || second !== undefined) throw refused('invalid socket specification for unix connection');
      return { socket: connect(first), name: `unix ${first}` };
    case 'tcp':
      if (!first || !isPort(second)) throw refused('invalid socket specification for tcp connection');
      return { socket: connect(Number(second), first), name: `tcp ${first}:${second}` };
    default:
      throw refused('socket specification had invalid address family');
  }
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}

/** Sends a line, and returns everything that comes back until the other side closes. */
async function exchange(
  { socket, name }: Address,
  { request, timeoutMs, maxBytes }: { request: string; timeoutMs: number; maxBytes: number },
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const closed = createDeferred();
  const timer = setTimeout(
    () => closed.reject(refused(`the running module did not answer within ${Math.round(timeoutMs)} ms`)),
    timeoutMs,
  );
  let isConnected = false;
  socket.on('connect', () => {
    isConnected = true;
    socket.write(request);
  });
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) closed.reject(refused(`the running module answered more than ${maxBytes} bytes`));
    else chunks.push(chunk);
  });
  socket.on('error', (error) =>
    closed.reject(refused(isConnected ? goErrno(error) : `dial ${name}: connect: ${goErrno(error)}`)),
  );
  socket.on('close', () => closed.resolve());
  try {
    await closed.promise;
    return Buffer.concat(chunks).toString();
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function parseResult(text: string): ModuleResult {
  if (text === '') throw refused('the running module closed the connection without an answer');
  try {
    return ModuleResult.parse(parseStrictJson(text));
  } catch (cause) {
    throw new MigError('internal', 'the answer of the running module is no result', { cause });
  }
}

function refused(why: string): MigError {
  return new MigError('unavailable', why);
}
