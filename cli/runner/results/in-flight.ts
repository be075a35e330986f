import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { toTimestamp } from '../../../contract/go/time.ts';
import { isMissing, readBoundedText, unreadable } from '../../../platform/files/read-text.ts';
import { removeDurably, writeDurably } from '../../../platform/files/write-durably.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** MIG's RunnerResult as it lies in `inflight/`: an action whose results are awaited (spec/clients.md#runner). */
const RunnerResult = z.looseObject({
  action: z.looseObject({
    id: z.number().int().positive(),
    expireafter: z.string().refine((text) => toTimestamp(text) !== undefined, 'is no time'),
  }),
  name: z.string(),
  plugin: z.string(),
});

/** An action whose results are awaited. */
export interface InFlight {
  file: string;
  jobFolder: string;
  job: string;
  actionId: number;
  expireafter: string;
  plugin: string;
}

export function writeInFlight(
  jobFolder: string,
  { record, id, job, plugin }: { record: unknown; id: number; job: string; plugin: string },
): InFlight {
  const file = join(jobFolder, 'inflight', `${id}.json`);
  writeDurably(file, JSON.stringify({ action: record, commands: null, name: job, plugin }));
  return readInFlight(jobFolder, file);
}

/** The actions in flight of a job, MIG's included, and the files that are none. */
export function listInFlight(jobFolder: string): { inFlight: InFlight[]; refused: MigError[] } {
  const inFlight: InFlight[] = [];
  const refused: MigError[] = [];
  for (const file of filesIn(join(jobFolder, 'inflight'))) {
    try {
      inFlight.push(readInFlight(jobFolder, file));
    } catch (error) {
      if (error instanceof MigError) refused.push(error);
      else throw error;
    }
  }
  return { inFlight, refused };
}

export function removeInFlight({ file }: Pick<InFlight, 'file'>): void {
  removeDurably(file);
}

function readInFlight(jobFolder: string, file: string): InFlight {
  const text = readBoundedText(file, MAX_BYTES);
  try {
    const { action, name, plugin } = RunnerResult.parse(JSON.parse(text));
    return {
      file,
      jobFolder,
      job: name,
      actionId: action.id,
      expireafter: toTimestamp(action.expireafter) ?? action.expireafter,
      plugin,
    };
  } catch (cause) {
    throw new MigError('config_invalid', `${file}: ${errorMessage(cause)}`, { cause });
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => (name.endsWith('.json') ? [join(folder, name)] : []));
  } catch (cause) {
    if (isMissing(cause)) return [];
    throw unreadable(folder, cause);
  }
}
