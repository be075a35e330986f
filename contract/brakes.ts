import { z } from 'zod';
import { MigError } from './errors.ts';
import { listOf } from './fields.ts';
import { parseStorableJson } from './go/strict-json.ts';
import { readAs } from './read-as.ts';
import {
  MAX_CANARY,
  MAX_MINIMUM_ANSWERS,
  MAX_PER_MINUTE,
  MAX_WAIT_SECONDS,
  MAX_WINDOWS,
} from './rules/brakes/limits.ts';
import { BEGINS, DAYS, ENDS, problemOfWindow } from './rules/brakes/windows.ts';

const MAX_BRAKES_BYTES = 4096;

const percent = z.int().min(1).max(100);

const Canary = z
  .strictObject({
    agents: z.int().min(1).max(MAX_CANARY).optional(),
    percent: percent.optional(),
    waitseconds: z.int().min(1).max(MAX_WAIT_SECONDS).optional(),
  })
  .refine(
    ({ agents, percent: share }) => (agents === undefined) !== (share === undefined),
    'must have either agents or percent',
  );

const Window = z
  .strictObject({
    days: z.array(z.enum(DAYS)).min(1).max(DAYS.length),
    from: z.string().regex(BEGINS.form, BEGINS.problem),
    to: z.string().regex(ENDS.form, ENDS.problem),
    timezone: z.string().max(64),
  })
  .superRefine((window, context) => {
    const problem = problemOfWindow(window);
    if (problem === undefined) return;
    context.addIssue({ code: 'custom', message: problem.text, path: [problem.field] });
  });

const StopAt = z
  .strictObject({
    failedpercent: percent.optional(),
    matchedpercent: percent.optional(),
    minimumanswers: z.int().min(1).max(MAX_MINIMUM_ANSWERS).optional(),
  })
  .refine(
    ({ failedpercent, matchedpercent }) => failedpercent !== undefined || matchedpercent !== undefined,
    'must have failedpercent or matchedpercent',
  );

/**
 * When the commands of an action may leave, and when it stops by itself. Brakes are the platform's: no agent sees them, and
 * they are no part of the signed text. So they can only make less or later of an action happen.
 */
export const Brakes = z.strictObject({
  canary: Canary.optional(),
  perminute: z.int().min(1).max(MAX_PER_MINUTE).optional(),
  windows: listOf(Window, MAX_WINDOWS)
    .refine(({ length }) => length > 0, 'must have a window')
    .optional(),
  stopat: StopAt.optional(),
});
export type Brakes = z.infer<typeof Brakes>;

/** Reads brakes from JSON. Throws `parameter_invalid` with the field. */
export function parseBrakes(text: string): Brakes {
  if (Buffer.byteLength(text) > MAX_BRAKES_BYTES) {
    throw new MigError('parameter_invalid', `brakes: is over ${MAX_BRAKES_BYTES} bytes`);
  }
  const parsed = readAs(Brakes, parseStorableJson(text));
  if (parsed.success) return parsed.data;
  throw new MigError('parameter_invalid', `brakes: ${parsed.problem}`, { cause: parsed.error });
}

/** What the brakes of an action do now, as the API shows it. */
export const BrakesView = z.object({
  settings: Brakes,
  /** What holds commands back: `waits for the window that opens …`; null when nothing does. */
  state: z.string().max(1024).nullable(),
  /** The action has stopped by itself, and goes on when it is resumed. */
  held: z.boolean(),
  /** Whether all but the canary may leave. */
  canarypassed: z.boolean(),
  /** The answers that the limits are compared with: all, or those since the action was last resumed. */
  answered: z.int(),
  failed: z.int(),
  matched: z.int(),
});
export type BrakesView = z.infer<typeof BrakesView>;
