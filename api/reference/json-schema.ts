import { z } from 'zod';
import { JSON_VALUE } from '../../contract/api/parameters.ts';
import { representable } from '../../contract/fields.ts';

export type JsonSchema = Record<string, unknown>;

const COMPONENTS = '#/components/schemas/';

/** The JSON Schema of what a client sends or gets, without references to others. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override });
  return json;
}

/** The JSON Schemas of the components of an OpenAPI document, which refer to each other. */
export function toComponents(schemas: ReadonlyMap<z.ZodType, string>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of schemas) registry.add(schema, { id });
  const { schemas: components } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    override,
    uri: referenceTo,
  });
  return Object.fromEntries(
    Object.entries(components).map(([id, { $schema: _, $id: __, ...json }]) => [id, json]),
  );
}

export function referenceTo(id: string): string {
  return `${COMPONENTS}${id}`;
}

function override({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodType; jsonSchema: JsonSchema }): void {
  const { input } = representable.get(zodSchema) ?? {};
  if (input instanceof z.ZodType) Object.assign(jsonSchema, toJsonSchema(input));
  const value = jsonSchema[JSON_VALUE];
  if (value instanceof z.ZodType) {
    jsonSchema[JSON_VALUE] = undefined;
    jsonSchema.contentMediaType = 'application/json';
    jsonSchema.contentSchema = toJsonSchema(value);
  }
  if (jsonSchema.type === 'integer') describeInteger(jsonSchema);
  mergeNull(jsonSchema);
}

/** Ids have up to 53 bits. The limits of a safe integer say less than the format. */
function describeInteger(jsonSchema: JsonSchema): void {
  jsonSchema.format = 'int64';
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) jsonSchema.maximum = undefined;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) jsonSchema.minimum = undefined;
  if (typeof jsonSchema.default === 'string') jsonSchema.default = Number(jsonSchema.default);
}

/** `type: [array, null]` instead of a choice between two schemas: generators make one type of it. */
function mergeNull(jsonSchema: JsonSchema): void {
  const { anyOf } = jsonSchema as { anyOf?: JsonSchema[] };
  const [one, other] = anyOf ?? [];
  if (anyOf?.length !== 2 || typeof one?.type !== 'string' || other?.type !== 'null') return;
  jsonSchema.anyOf = undefined;
  Object.assign(jsonSchema, one, { type: [one.type, 'null'] });
}
