import { z } from 'zod';
import { MigError } from './errors.ts';
import { goObject, id, listOf } from './fields.ts';
import { parseStrictJson } from './go/strict-json.ts';
import { MAX_CANCEL_BYTES } from './limits.ts';
import { readAs } from './read-as.ts';

const MAX_IDS = 1_000;
/** Every cancel message begins with this, and no command does. */
const HEAD = Buffer.from('{"cancel":');

const CancelMessage = z.strictObject({
  cancel: goObject({
    ids: listOf(id.min(1), MAX_IDS).refine(({ length }) => length > 0, 'must not be empty'),
  }),
});

/** The message that orders an agent to end these commands. It is unsigned: it can only make an agent do less. */
export function cancelJson(commandIds: readonly number[]): string {
  return `{"cancel":{"ids":${JSON.stringify(commandIds)}}}`;
}

/** Whether a message from an agent's queue claims to be a cancel. */
export function isCancel(body: Buffer): boolean {
  return body.subarray(0, HEAD.length).equals(HEAD);
}

/** Returns the ids of the commands to end; throws MigError. */
export function parseCancel(body: Buffer): number[] {
  if (body.length > MAX_CANCEL_BYTES) {
    throw new MigError('cancel_malformed', `cancel of ${body.length} bytes is over ${MAX_CANCEL_BYTES}`);
  }
  const parsed = readAs(CancelMessage, parseStrictJson(body.toString()));
  if (parsed.success) return parsed.data.cancel.ids;
  throw new MigError('cancel_malformed', `cancel ${parsed.problem}`, { cause: parsed.error });
}
