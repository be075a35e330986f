import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { streamActionEvents } from '../contract/api/actions.ts';
import { type ActionView, Progress } from '../contract/api-responses.ts';
import { MigError } from '../contract/errors.ts';
import { readAs } from '../contract/read-as.ts';
import { isFinalAction } from '../contract/rules/accounting.ts';
import { toRequest } from './call.ts';
import { readEnvelope } from './envelope.ts';
import type { Request } from './request.ts';

const REOPEN_MS = 1000;
const POLL_MS = 2000;
/** The API sends an event every 15 seconds. After a silence this long the connection is dead. */
const MAX_SILENCE_MS = 60_000;
const MAX_EVENT_LENGTH = 1024 * 1024;

interface Watched {
  request: Request;
  actionId: number;
  readAction: () => Promise<ActionView>;
  signal: AbortSignal;
}

/** Yields the progress of an action at each change, until the action ends. Reopens a broken connection. */
export async function* streamProgress(watched: Watched): AsyncGenerator<Progress> {
  const { request, actionId, readAction, signal } = watched;
  const { path } = toRequest(streamActionEvents, { actionid: actionId });
  while (!signal.aborted) {
    const silence = new AbortController();
    const response = await request(path, {
      signal: AbortSignal.any([signal, silence.signal]),
      isStream: true,
    });
    if (response.status === 404) return yield* pollProgress(watched);
    if (!response.ok) await readEnvelope(response);
    yield* readEvents(response, () => silence.abort());
    // The stream ends with the action, or breaks before.
    if (isFinalAction((await readAction()).status)) return;
    await sleep(REOPEN_MS, undefined, { signal }).catch(() => {});
  }
}

/** Yields the progress in an event stream until the stream ends or breaks. */
async function* readEvents(response: Response, onSilence: () => void): AsyncGenerator<Progress> {
  let rest = '';
  const decoder = new TextDecoder();
  let timer = setTimeout(onSilence, MAX_SILENCE_MS);
  try {
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      timer = setTimeout(onSilence, MAX_SILENCE_MS);
      rest += decoder.decode(chunk as Uint8Array, { stream: true });
      const events = rest.split('\n\n');
      rest = events.pop() ?? '';
      if (rest.length > MAX_EVENT_LENGTH) {
        throw new MigError('body_too_large', `the API sent an event of over ${MAX_EVENT_LENGTH} characters`);
      }
      yield* events.flatMap(readEvent);
    }
  } catch (error) {
    // A broken connection loses no whole event. The caller checks whether the action has ended.
    if (error instanceof MigError) throw error;
  } finally {
    clearTimeout(timer);
  }
}

function readEvent(event: string): Progress[] {
  if (!/^event: progress$/m.test(event)) return [];
  return [parseEvent(/^data: (.*)$/m.exec(event)?.[1] ?? '{}', Progress)];
}

function parseEvent<T>(text: string, schema: z.ZodType<T>): T {
  try {
    const read = readAs(schema, JSON.parse(text));
    if (read.success) return read.data;
    throw new MigError('unavailable', `the API sent an event in an unknown shape: ${read.problem}`);
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('unavailable', 'the API sent an event that is no JSON', { cause });
  }
}

/** MIG's own API has no events, so the action is polled, as MIG's client does. */
async function* pollProgress({ readAction, signal }: Watched): AsyncGenerator<Progress> {
  while (!signal.aborted) {
    const { status, paused, counters } = await readAction();
    yield { status, paused, counters, matches: 0, errors: 0 };
    const { sent = 0, done = 0 } = counters;
    if (isFinalAction(status) || (sent > 0 && done >= sent)) return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
