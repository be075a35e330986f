import type { z } from 'zod';
import { MigError } from './errors.ts';
import { parseStorableJson } from './go/strict-json.ts';
import { readAs } from './read-as.ts';

/** Reads a part of a request from JSON text; throws `parameter_invalid` with the field. */
export function parseField<Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  text: string,
): z.output<Schema> {
  const parsed = readAs(schema, parseStorableJson(text));
  if (parsed.success) return parsed.data;
  throw new MigError('parameter_invalid', `${name}: ${parsed.problem}`, {
    cause: parsed.error,
  });
}
