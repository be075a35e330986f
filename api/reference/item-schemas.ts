import { isDeepStrictEqual } from 'node:util';
import type { ItemKind } from '../../contract/api/route.ts';
import { COMPONENTS } from './components.ts';
import { type JsonSchema, referenceTo, toJsonSchema } from './json-schema.ts';

/** The schemas of the data of items, a component each, so that generators give them names. */
export interface ItemSchemas {
  /** The schema of the data of a route's items; undefined when it answers none. */
  dataOf(kinds: readonly ItemKind[], operation: string): JsonSchema | undefined;
  components(): Record<string, JsonSchema>;
}

export function createItemSchemas(): ItemSchemas {
  const components = new Map<string, JsonSchema>();

  /** Routes whose items have one name but another value have components of their own. */
  const register = (kind: ItemKind, operation: string): string => {
    const schema = describeData(kind);
    const common = `${toPascalCase(kind.name.replace('{id}', ''))}Item`;
    const known = components.get(common);
    const id =
      known === undefined || isDeepStrictEqual(known, schema) ? common : toPascalCase(operation) + common;
    components.set(id, schema);
    return id;
  };

  return {
    dataOf(kinds, operation) {
      const ids = kinds.map((kind): [string, string] => [kind.name, referenceTo(register(kind, operation))]);
      const [first] = ids;
      if (first === undefined) return undefined;
      if (ids.length === 1) return { $ref: first[1] };
      return {
        oneOf: ids.map(([, reference]) => ({ $ref: reference })),
        discriminator: { propertyName: 'name', mapping: Object.fromEntries(ids) },
      };
    },
    components: () => Object.fromEntries(components),
  };
}

function describeData({ name, value }: ItemKind): JsonSchema {
  const id = COMPONENTS.get(value);
  return {
    type: 'object',
    required: ['name', 'value'],
    properties: {
      name: name.includes('{id}')
        ? { type: 'string', pattern: `^${name.replace('{id}', '\\d+')}$` }
        : { type: 'string', const: name },
      value: id === undefined ? toJsonSchema(value) : { $ref: referenceTo(id) },
    },
  };
}

function toPascalCase(text: string): string {
  return text.replace(/(?:^|\W+)(\w)/g, (_match, letter: string) => letter.toUpperCase()).trim();
}
