import { expect, test } from 'vitest';
import { parseAction } from '../../../contract/action.ts';
import { parseAnswer, parseCommand } from '../../../contract/command.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';
import { MAX_COMMAND_BYTES, MAX_HEARTBEAT_BYTES, MAX_RESULT_BYTES } from '../../../contract/limits.ts';
import { findModule } from '../../../modules/all-modules.ts';

// With one issue for each bad item, one answer took a worker 20 seconds and 1.3 GB.

/** The longest list of numbers that fits a message. */
const numbers = (maxBytes: number) => `[${'1,'.repeat((maxBytes - 1_000) / 2)}1]`;

function refusalOf(parse: () => unknown): { message: string } {
  try {
    parse();
  } catch (error) {
    return { message: (error as Error).message };
  }
  throw new Error('it was accepted');
}

test('an answer with a million errors that are not texts is refused with one issue', () => {
  const lists = [numbers(MAX_RESULT_BYTES / 2), numbers(MAX_RESULT_BYTES / 2)];
  const results = lists.map((errors) => `{"errors":${errors}}`).join(',');
  const body = Buffer.from(
    `{"id":1,"agent":{"queueloc":"linux.x"},"status":"success","results":[${results}]}`,
  );
  const { message } = refusalOf(() => parseAnswer(body));
  expect(message).toBe(
    'result results.0.errors: must be a list of texts; results.1.errors: must be a list of texts',
  );
});

test('a command with such results is refused with one issue', () => {
  const body = Buffer.from(
    `{"id":1,"action":{},"agent":{},"status":"sent","results":[{"errors":${numbers(MAX_COMMAND_BYTES)}}]}`,
  );
  expect(refusalOf(() => parseCommand(body)).message).toBe(
    'command results.0.errors: must be a list of texts',
  );
});

test('a heartbeat with such tags is refused with one issue', () => {
  const tags = Array.from({ length: MAX_HEARTBEAT_BYTES / 12 }, (_, index) => `"${index}":1`).join(',');
  const body = Buffer.from(`{"name":"x","queueloc":"linux.x","tags":{${tags}}}`);
  expect(
    refusalOf(() => parseRelayHeartbeat(body, { nowMs: 0, maxAgeMs: Number.MAX_SAFE_INTEGER })).message,
  ).toBe('heartbeat tags: must be an object of texts');
});

test('lists that are too long are refused before any item is checked', () => {
  const results = Buffer.from(
    `{"id":1,"agent":{},"status":"success","results":${numbers(MAX_RESULT_BYTES)}}`,
  );
  expect(refusalOf(() => parseAnswer(results)).message).toContain(
    'results: must be a list of at most 256 items',
  );
  for (const field of ['operations', 'pgpsignatures']) {
    const { message } = refusalOf(() => parseAction(`{"${field}":${numbers(MAX_COMMAND_BYTES)}}`));
    expect(message).toContain(`${field}: must be a list of at most`);
  }
});

const checkParameters = (module: string, parameters: unknown) =>
  findModule(module)?.checkParameters(parameters);

test('parameters with too many searches, or a search with items that are not texts, are refused', () => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [index, 0]));
  expect(checkParameters('file', { searches: many })).toContain('must have at most');
  const mtimes = Array.from({ length: 300_000 }, () => 0);
  expect(checkParameters('file', { searches: { s1: { mtimes } } })).toContain('must be a list of texts');
  expect(checkParameters('upgrade', many)).toContain('must have at most');
});
