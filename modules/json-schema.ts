import { z } from 'zod';
import { representable } from '../contract/fields.ts';
import { option } from './option.ts';

type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of what a module accepts as parameters, with the texts of `option`. Forms are made of it. Names also match
 * in another case, and unknown names are dropped, which JSON Schema cannot express.
 */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const { input } = representable.get(zodSchema) ?? {};
      if (input instanceof z.ZodType) Object.assign(jsonSchema, toJsonSchema(input));
      const { text, example } = option.get(zodSchema) ?? {};
      if (text !== undefined) jsonSchema.description = text;
      if (example !== undefined) jsonSchema.examples = [isList(jsonSchema) ? [example] : example];
    },
  });
  return json;
}

/** A list that may be null is one of two. */
function isList({ type, anyOf = [] }: { type?: unknown; anyOf?: unknown[] | undefined }): boolean {
  return type === 'array' || anyOf.some((one) => isList(one as { type?: unknown }));
}
