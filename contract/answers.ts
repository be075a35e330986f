import { z } from 'zod';
import { ModuleResult } from './command.ts';
import { MigError } from './errors.ts';

/** What clients use of an action in an answer of the API; the rest stays, for `--json` and whoever verifies that. */
export const ActionView = z.looseObject({
  id: z.number(),
  name: z.string(),
  status: z.string().default(''),
  reason: z.string().optional(),
  paused: z.boolean().default(false),
  target: z.string().default(''),
  validfrom: z.string(),
  expireafter: z.string(),
  operations: z
    .array(z.looseObject({ module: z.string() }))
    .nullish()
    .transform((operations) => operations ?? []),
  counters: z.record(z.string(), z.number()).default({}),
  /** Answers of modules that failed, of the same moment as the counters; MIG's own API counts none. */
  failures: z.number().optional(),
  investigators: z
    .array(z.object({ name: z.string(), pgpfingerprint: z.string() }))
    .nullish()
    .transform((investigators) => investigators ?? []),
});
export type ActionView = z.infer<typeof ActionView>;

/** An action as the API sent it; one of another shape is shown as it came. */
export function readActionView(value: unknown): ActionView {
  const action = ActionView.safeParse(value);
  if (action.success) return action.data;
  throw new MigError('unavailable', `the API sent an action of unknown shape: ${JSON.stringify(value)}`);
}

export const CommandView = z.object({
  id: z.number(),
  status: z.string(),
  agent: z.object({ id: z.number(), name: z.string(), queueloc: z.string().default('') }),
  action: z.object({ operations: z.array(z.object({ module: z.string() })) }),
  results: z.array(ModuleResult).nullable().default(null),
});
export type CommandView = z.infer<typeof CommandView>;

/** Where an action stands, as the event stream and the counters tell it. */
export const Progress = z.object({
  status: z.string(),
  paused: z.boolean().nullish(),
  counters: z.record(z.string(), z.number()),
  matches: z.number(),
  errors: z.number(),
});
export type Progress = z.infer<typeof Progress>;
