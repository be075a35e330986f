import { expect, test } from 'vitest';
import { parseAnswer, parseCommand } from '../../../contract/command.ts';
import { parseRelayHeartbeat } from '../../../contract/heartbeat.ts';
import { MAX_COMMAND_BYTES, MAX_HEARTBEAT_BYTES, MAX_RESULT_BYTES } from '../../../contract/names.ts';

// Each bad item as an issue of its own took 20 seconds and 1.3 GB of a worker for one answer.

/** A list of numbers, as long as the message may be. */
const numbers = (maxBytes: number) => `[${'1,'.repeat((maxBytes - 1_000) / 2)}1]`;

function refusalOf(parse: () => unknown): { message: string; ms: number } {
  const began = performance.now();
  try {
    parse();
  } catch (error) {
    return { message: (error as Error).message, ms: performance.now() - began };
  }
  throw new Error('it was accepted');
}

test('an answer with a million errors that are no texts is refused in one word', () => {
  const lists = [numbers(MAX_RESULT_BYTES / 2), numbers(MAX_RESULT_BYTES / 2)];
  const results = lists.map((errors) => `{"errors":${errors}}`).join(',');
  const body = Buffer.from(
    `{"id":1,"agent":{"queueloc":"linux.x"},"status":"success","results":[${results}]}`,
  );
  const { message, ms } = refusalOf(() => parseAnswer(body));
  expect(message).toBe(
    'result results.0.errors: must be a list of texts; results.1.errors: must be a list of texts',
  );
  expect(ms).toBeLessThan(3_000);
});

test('so is a command with such results', () => {
  const body = Buffer.from(
    `{"id":1,"action":{},"agent":{},"status":"sent","results":[{"errors":${numbers(MAX_COMMAND_BYTES)}}]}`,
  );
  expect(refusalOf(() => parseCommand(body)).message).toBe(
    'command results.0.errors: must be a list of texts',
  );
});

test('and a heartbeat with such tags', () => {
  const tags = Array.from({ length: MAX_HEARTBEAT_BYTES / 12 }, (_, index) => `"${index}":1`).join(',');
  const body = Buffer.from(`{"name":"x","queueloc":"linux.x","tags":{${tags}}}`);
  expect(refusalOf(() => parseRelayHeartbeat(body, 0, Number.MAX_SAFE_INTEGER)).message).toBe(
    'heartbeat tags: must be an object of texts',
  );
});
