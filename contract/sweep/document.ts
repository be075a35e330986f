import { z } from 'zod';
import { type Check, readCheck } from '../compliance.ts';
import { MigError } from '../errors.ts';
import { listOf } from '../fields.ts';
import { parseDurationMs } from '../go/duration.ts';
import { parseStorableJson } from '../go/strict-json.ts';
import { readAs } from '../read-as.ts';
import { parseCalendar, parseCron } from '../rules/cron.ts';
import { mustBe } from '../text/given.ts';
import { VERSION } from '../version.ts';

/** The largest document. The 118 checks for Debian 12 have a sixth of it. */
export const MAX_SWEEP_BYTES = 512 * 1024;
export const MAX_CHECKS = 400;
/** A sweep whose signed runs end within this many days reports it. */
export const SIGNATURES_END_DAYS = 21;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Milliseconds, from text such as `30m`, between two bounds. */
function duration(minMs: number, maxMs: number) {
  return z
    .string()
    .max(32)
    .transform((text, context) => {
      const ms = parseDurationMs(text);
      if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
      const accepted = `a duration such as 30m, from ${minMs / 1000}s to ${maxMs / 1000}s`;
      const message = mustBe(accepted, text);
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

const timezone = z
  .string()
  .max(64)
  .refine(isTimezone, { error: ({ input }) => mustBe('a time zone such as Europe/Berlin or UTC', input) });

const calendarField = z.string().max(256).default('*');
const Schedule = z.strictObject({
  cron: z.string().max(256).optional(),
  calendar: z
    .strictObject({
      minute: z.string().max(256).default('0'),
      hour: z.string().max(256).default('0'),
      dayofmonth: calendarField,
      month: calendarField,
      dayofweek: calendarField,
    })
    .optional(),
  timezone: timezone.default('UTC'),
  jitter: duration(0, DAY_MS).prefault('0s'),
  /** What happens when the run before has not ended: no run, a run after it, or a run in its place. */
  overlap: z.enum(['skip', 'queue', 'cancel']).default('skip'),
  /** How late a run may begin, when the platform was down at its time. */
  catchup: duration(0, 7 * DAY_MS).prefault('10m'),
});

/** A check's id names it in items, waivers and exports. */
export const CheckId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, {
  error: ({ input }) => mustBe('letters, digits, dots, dashes, underscores (1 to 128)', input),
});

export const SweepName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/, {
  error: ({ input }) => mustBe('letters, digits, spaces, dots, dashes, underscores (1 to 100)', input),
});

const Document = z.strictObject({
  name: SweepName,
  description: z.string().max(1024).default(''),
  target: z.string().min(1).max(2048),
  schedule: Schedule,
  /** How long endpoints may take to answer, from the planned time on. */
  validity: duration(MINUTE_MS, 30 * DAY_MS).prefault('30m'),
  checks: listOf(z.strictObject({ id: CheckId, action: z.unknown() }), MAX_CHECKS),
});

/** A check of a sweep. */
export interface SweepCheck extends Check {
  id: string;
}

/** What an investigator signs, read. Durations are in milliseconds. */
export interface Sweep extends Omit<z.infer<typeof Document>, 'checks'> {
  checks: readonly SweepCheck[];
  /** Expressions of five fields for Temporal; the sweep runs at the times of all of them. */
  cronExpressions: string[];
}

/** Reads the signed text of a sweep. Throws MigError with a code, and the field or the check. */
export function parseSweep(text: string): Sweep {
  if (Buffer.byteLength(text) > MAX_SWEEP_BYTES) {
    throw new MigError('body_too_large', `the sweep is over ${MAX_SWEEP_BYTES} bytes`);
  }
  const parsed = readAs(Document, parseStorableJson(text));
  if (!parsed.success) throw invalid(parsed.problem, parsed.error);
  const { checks, ...document } = parsed.data;
  requireConsistent(document);
  return {
    ...document,
    checks: readChecks(checks),
    cronExpressions: expressionsOf(document.schedule),
  };
}

/**
 * Workers take a run for late half a minute after its planned time, and look every ten seconds: they could never keep to a
 * smaller window.
 */
const MIN_CATCHUP_MS = MINUTE_MS;

/** Reads the text of a sweep that is to be created. Sweeps that were stored before this rule keep running. */
export function parseNewSweep(text: string): Sweep {
  const sweep = parseSweep(text);
  const { catchup } = sweep.schedule;
  if (catchup === 0 || catchup >= MIN_CATCHUP_MS) return sweep;
  throw invalid(
    `schedule.catchup: must be at least ${MIN_CATCHUP_MS / 1000}s, or 0s for runs that never begin late`,
  );
}

/** Reads the document of a stored sweep; throws `sweep_unreadable` when another version accepted what this one refuses. */
export function readStoredSweep({ name, document }: { name: string; document: string }): Sweep {
  try {
    return parseSweep(document);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError(
      'sweep_unreadable',
      `version ${VERSION} cannot read the document of the sweep '${name}': ${error.message}`,
      { cause: error },
    );
  }
}

/** As `readStoredSweep`, for those who go on without a document that cannot be read: returns the error. */
export function readIfReadable(row: { name: string; document: string }): Sweep | MigError {
  try {
    return readStoredSweep(row);
  } catch (error) {
    if (error instanceof MigError) return error;
    throw error;
  }
}

function readChecks(checks: readonly { id: string; action?: unknown }[]): SweepCheck[] {
  if (checks.length === 0) throw invalid('checks: at least one is needed');
  const ids = new Set<string>();
  return checks.map(({ id, action: json }) => {
    if (ids.has(id)) throw invalid(`checks: two have the id '${id}'`);
    ids.add(id);
    return { id, ...readNamedCheck(id, json) };
  });
}

function readNamedCheck(id: string, json: unknown): Check {
  try {
    return readCheck(json);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    throw new MigError(error.code, `check '${id}': ${error.message}`, { cause: error });
  }
}

function requireConsistent({ schedule, validity }: Omit<z.infer<typeof Document>, 'checks'>): void {
  if (schedule.catchup + schedule.jitter >= validity) {
    throw invalid(
      'validity: must be longer than catchup and jitter together, or a late run could not be answered',
    );
  }
}

function expressionsOf({ cron, calendar }: z.infer<typeof Schedule>): string[] {
  if (cron !== undefined && calendar === undefined) return parseCron(cron);
  if (calendar !== undefined && cron === undefined) return parseCalendar(calendar);
  throw invalid('schedule: give either cron or calendar');
}

function isTimezone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    // Intl also takes offsets such as +01:00 and letters of the other case. Temporal knows neither.
    if (!/^[A-Z]/.test(name) || /\/[a-z]/.test(name)) return false;
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

function invalid(problem: string, cause?: unknown): MigError {
  return new MigError('parameter_invalid', `sweep ${problem}`, { cause });
}
