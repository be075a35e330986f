import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { MAX_ACTION_BYTES } from '../../../contract/limits.ts';
import { isMissing, readBoundedText, unreadable } from '../../../platform/files/read-text.ts';
import { removeDurably, writeDurably } from '../../../platform/files/write-durably.ts';

/** JSON text within JSON text: a character takes up to six bytes. */
const MAX_BYTES = 6 * MAX_ACTION_BYTES + 16_384;

/**
 * A launch that is about to happen, or of which nobody knows whether it happened. It is on the disk before the action is
 * posted, and stays there until the API's answer is.
 */
export const Intent = z.object({
  /** The Idempotency-Key. */
  key: z.uuid(),
  job: z.string(),
  /** The scheduled time; null for a run that a person asked for. */
  scheduled: z.iso.datetime().nullable(),
  plugin: z.string(),
  sendonly: z.boolean(),
  validfrom: z.string(),
  expireafter: z.string(),
  /** The only signature of the action, by which it is found. */
  signature: z.string(),
  /** The signed action as JSON text, byte for byte as it is posted. */
  action: z.string(),
});
export type Intent = z.infer<typeof Intent>;

export function writeIntent(jobFolder: string, intent: Intent): void {
  writeDurably(intentFile(jobFolder, intent), `${JSON.stringify(intent)}\n`);
}

export function removeIntent(jobFolder: string, intent: Pick<Intent, 'key'>): void {
  removeDurably(intentFile(jobFolder, intent));
}

/** The intents that an earlier runner left, and the files that are none. */
export function readIntents(jobFolder: string): { intents: Intent[]; refused: MigError[] } {
  const folder = intentFolder(jobFolder);
  const read = namesIn(folder).map((name) => readIntent(join(folder, name)));
  return {
    intents: read.filter((one) => 'key' in one),
    refused: read.filter((one) => one instanceof MigError),
  };
}

function readIntent(file: string): Intent | MigError {
  try {
    return Intent.parse(JSON.parse(readBoundedText(file, MAX_BYTES)));
  } catch (cause) {
    return new MigError('config_invalid', `${file}: ${errorMessage(cause)}`, { cause });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw unreadable(folder, cause);
  }
}

function intentFolder(jobFolder: string): string {
  return join(jobFolder, 'launching');
}

function intentFile(jobFolder: string, { key }: Pick<Intent, 'key'>): string {
  return join(intentFolder(jobFolder), `${key}.json`);
}
