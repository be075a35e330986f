import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { goObject, listOf, recordOf, texts, textsByName } from '../../../contract/fields.ts';
import { allModules } from '../../../modules/all-modules.ts';
import { toJsonSchema } from '../../../modules/json-schema.ts';
import { option } from '../../../modules/option.ts';

test('objects, lists and records as Go reads them are represented', () => {
  const schema = goObject({
    names: texts.optional(),
    tags: textsByName.optional(),
    searches: recordOf(goObject({ depth: z.number().default(0), paths: texts }), 10).default({}),
    tests: listOf(z.string(), 3).default([]),
  });
  const list = { type: 'array', items: { type: 'string' } };
  expect(toJsonSchema(schema)).toMatchObject({
    type: 'object',
    properties: {
      names: list,
      tags: { type: 'object', additionalProperties: { type: 'string' } },
      searches: {
        additionalProperties: {
          type: 'object',
          properties: { depth: { type: 'number', default: 0 }, paths: list },
          required: ['paths'],
        },
      },
      tests: { ...list, maxItems: 3, default: [] },
    },
  });
});

test('a field has the text and the example of its option', () => {
  const schema = goObject({
    path: texts.optional().register(option, { text: 'where to search', example: '/etc' }),
    depth: z.number().default(3).register(option, { text: 'levels below' }),
  });
  expect(toJsonSchema(schema).properties).toEqual({
    path: {
      type: 'array',
      items: { type: 'string' },
      description: 'where to search',
      examples: [['/etc']],
    },
    depth: { type: 'number', default: 3, description: 'levels below' },
  });
});

describe.each(allModules().map((module) => [module.name, module] as const))('%s', (_, module) => {
  const schema = toJsonSchema(module.parameters);

  test('every described parameter is in its JSON Schema', () => {
    const described = describedIn(schema);
    const own = module.options.filter(({ field }) => field in propertiesOf(schema));
    for (const { field, text } of own) expect(described).toContainEqual([field, text]);
  });

  test('its example fits its JSON Schema', () => {
    const { args = [], parameters } = module.about.example;
    const first = args.findIndex((word) => Object.hasOwn(module.flags, word.replace(/^-/, '')));
    const given = parameters ?? module.parseFlags(args.slice(Math.max(first, 0)));
    expect(unknownNames(schema, JSON.parse(JSON.stringify(given)))).toEqual([]);
  });
});

type Schema = Record<string, unknown>;

function propertiesOf(schema: Schema): Record<string, Schema> {
  return (schema.properties ?? {}) as Record<string, Schema>;
}

function describedIn(schema: Schema): unknown[] {
  return Object.entries(propertiesOf(schema)).map(([name, { description }]) => [name, description]);
}

/** The paths of values that the schema does not describe. */
function unknownNames(schema: Schema, value: unknown, path = ''): string[] {
  if (value === null) return [];
  if (Array.isArray(value)) {
    const { items } = arrayIn(schema);
    return value.flatMap((one, i) => unknownNames((items ?? {}) as Schema, one, `${path}[${i}]`));
  }
  if (typeof value !== 'object')
    return 'type' in schema || 'anyOf' in schema || 'enum' in schema ? [] : [path];
  const { additionalProperties } = schema;
  return Object.entries(value).flatMap(([name, one]) => {
    const inner = propertiesOf(schema)[name] ?? (additionalProperties as Schema | undefined);
    return inner ? unknownNames(inner, one, `${path}.${name}`) : [`${path}.${name}`];
  });
}

/** A list that may be null is one of two. */
function arrayIn(schema: Schema): Schema {
  const choices = (schema.anyOf ?? [schema]) as Schema[];
  return choices.find(({ type }) => type === 'array') ?? {};
}
