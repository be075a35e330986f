import { Cron } from 'croner';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { toCronPatterns } from './cron-fields.ts';

const MAX_LENGTH = 1024;

/** When a job runs, in the local time of this host. */
export interface Schedule {
  text: string;
  /** The first time after this one; undefined when there is none. */
  next(afterMs: number): number | undefined;
}

/**
 * Parses a schedule in MIG's syntax (spec/clients.md#runner). A day matches when its day of month or its day of week
 * does, if both are restricted. Refuses a schedule that never fires after `nowMs`. The time zone is for tests.
 */
export function parseSchedule(
  text: string,
  nowMs: number,
  { timeZone }: { timeZone?: string } = {},
): Schedule {
  if (text.length > MAX_LENGTH)
    throw new MigError('config_invalid', `has ${text.length} characters, over ${MAX_LENGTH}`);
  const crons = toCronPatterns(text).map((pattern) => createCron(pattern, timeZone));
  const next = (afterMs: number) => {
    const times = crons.flatMap((cron) => cron.nextRun(new Date(afterMs))?.getTime() ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  };
  if (next(nowMs) === undefined) throw new MigError('config_invalid', `${JSON.stringify(text)} never fires`);
  return { text, next };
}

function createCron(pattern: string, timezone: string | undefined): Cron {
  try {
    return new Cron(pattern, { mode: '7-part', ...(timezone === undefined ? {} : { timezone }) });
  } catch (cause) {
    throw new MigError('config_invalid', `is not understood: ${errorMessage(cause)}`, { cause });
  }
}
