import { z } from 'zod';
import { goObject, texts } from './fields.ts';

/** The result of one operation (spec/modules/README.md#result). `errors` is null when there are none, as Go writes it. */
export const ModuleResult = goObject({
  foundanything: z.boolean().default(false),
  success: z.boolean().default(false),
  elements: z.unknown().default(null),
  statistics: z.unknown().default(null),
  errors: texts.nullable().default(null),
  /** Ours: the errors that report a limit, not a failure. */
  limits: texts.optional(),
});
export type ModuleResult = z.infer<typeof ModuleResult>;

export const EMPTY_RESULT: ModuleResult = {
  foundanything: false,
  success: false,
  elements: null,
  statistics: null,
  errors: null,
};
