import { z } from 'zod';
import { MigError } from './errors.ts';
import { goObject, id, listOf, timestampOrZero } from './fields.ts';
import { parseStorableJson, parseStrictJson } from './go/strict-json.ts';
import { MAX_SIGNATURE_LENGTH } from './limits.ts';
import { readAs } from './read-as.ts';

/** The most bytes of all names together: the index that finds actions by module accepts at most 2,048 bytes. */
const MAX_MODULE_NAMES_BYTES = 1024;

export const Operation = goObject({
  module: z.string().min(1).max(256),
  parameters: z.unknown().default(null),
  is_compressed: z.boolean().optional(),
  want_compressed: z.boolean().optional(),
});
export type Operation = z.infer<typeof Operation>;

const Description = goObject({
  author: z.string().max(1024).optional(),
  email: z.string().max(1024).optional(),
  url: z.string().max(4096).optional(),
  revision: z.number().optional(),
});

const Threat = goObject({
  ref: z.string().max(1024).optional(),
  level: z.string().max(1024).optional(),
  family: z.string().max(1024).optional(),
  type: z.string().max(1024).optional(),
});

/**
 * An action as investigators write it and agents receive it (spec/action.md#fields), without the fields that only
 * servers set.
 */
export const Action = goObject({
  id: id.default(0),
  name: z.string().max(2048).default(''),
  target: z.string().max(2048).default(''),
  description: Description.default({}),
  threat: Threat.default({}),
  validfrom: timestampOrZero,
  expireafter: timestampOrZero,
  operations: listOf(Operation, 256).default([]),
  pgpsignatures: listOf(z.string().max(MAX_SIGNATURE_LENGTH), 64).default([]),
  syntaxversion: z.number().int().default(0),
});
export type Action = z.infer<typeof Action>;

/** Reads an action from JSON text; throws MigError with a code and the field. */
export function parseAction(text: string): Action {
  return readAction(parseStrictJson(text));
}

/** As `parseAction`, for an action that will be stored: refuses U+0000, which the database cannot store. */
export function parseNewAction(text: string): Action {
  return readAction(parseStorableJson(text));
}

/** Reads an action from parsed JSON, such as a part of a larger document. */
export function readAction(json: unknown): Action {
  const parsed = readAs(Action, json);
  if (!parsed.success) {
    throw new MigError('action_invalid', `action ${parsed.problem}`, { cause: parsed.error });
  }
  const bytes = moduleNames(parsed.data).reduce((sum, name) => sum + Buffer.byteLength(name), 0);
  if (bytes > MAX_MODULE_NAMES_BYTES) {
    throw new MigError(
      'action_invalid',
      `action operations: the names of its modules have ${bytes} bytes together, over ${MAX_MODULE_NAMES_BYTES}`,
    );
  }
  return parsed.data;
}

/** The distinct names of an action's modules. */
export function moduleNames({ operations }: Pick<Action, 'operations'>): string[] {
  return [...new Set(operations.map(({ module }) => module))];
}
