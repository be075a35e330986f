import { z } from 'zod';
import { ROUTES_BY_CHAPTER } from '../../contract/api/all-routes.ts';
import { errorsOf } from '../../contract/api/errors-of.ts';
import { exampleParameter } from '../../contract/api/example-parameters.ts';
import type { Answer, Route } from '../../contract/api/route.ts';
import { VERSION } from '../../contract/version.ts';
import { statusOf } from '../http/errors.ts';
import { COMPONENTS } from './components.ts';
import { exampleAnswer } from './examples.ts';
import { createItemSchemas, type ItemSchemas } from './item-schemas.ts';
import { type JsonSchema, referenceTo, toComponents, toJsonSchema } from './json-schema.ts';

const DESCRIPTION = `Signed investigations of a whole fleet. Answers are Collection+JSON: each item has \`data\` with a name and a value.
An error has a stable code; GET /reference lists each with its cause and the next step.`;

const SECURITY_SCHEMES = {
  token: {
    type: 'apiKey',
    in: 'header',
    name: 'X-PGPAUTHORIZATION',
    description: 'version;time;nonce;signature: a text that the investigator signs for each request',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-MIGAPIKEY',
    description: 'the API key of an investigator',
  },
  session: { type: 'http', scheme: 'bearer', description: 'the token that POST /session/ answers' },
  loaderKey: { type: 'apiKey', in: 'header', name: 'X-LOADERKEY', description: 'the key of a loader' },
};

/** The OpenAPI 3.1 document of the API at the address `url`, made from the descriptions of its routes. */
export function describeApi(url: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  const items = createItemSchemas();
  for (const [chapter, routes] of Object.entries(ROUTES_BY_CHAPTER)) {
    for (const [name, route] of Object.entries<Route>(routes)) {
      paths[route.path] = {
        ...paths[route.path],
        [route.method.toLowerCase()]: describeRoute(route, { chapter, name, items }),
      };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'MIG', version: VERSION, description: DESCRIPTION, license: { name: 'MPL-2.0' } },
    servers: [{ url }],
    tags: Object.keys(ROUTES_BY_CHAPTER).map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        ...toComponents(COMPONENTS),
        ...items.components(),
        Error: ERROR_SCHEMA,
        Link: LINK_SCHEMA,
      },
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function describeRoute(
  route: Route,
  { chapter, name, items }: { chapter: string; name: string; items: ItemSchemas },
): JsonSchema {
  const { access, summary, answer } = route;
  return {
    operationId: name,
    tags: [chapter],
    summary,
    description: describeAccess(access),
    security: securityOf(access),
    parameters: parametersOf(route, name),
    requestBody: bodyOf(route, name),
    responses: { [answer.status]: describeAnswer(answer, { name, items }), ...describeErrors(route) },
  };
}

export function describeAccess(access: Route['access']): string {
  switch (access) {
    case 'anybody':
      return 'Needs no credentials.';
    case 'loader key':
      return 'Needs the key of a loader.';
    case 'token':
      return 'Needs a token of an investigator.';
    case 'session':
      return 'Needs a session.';
    default:
      return `Needs the permission \`${access}\`.`;
  }
}

function securityOf(access: Route['access']): JsonSchema[] {
  if (access === 'anybody') return [];
  if (access === 'loader key') return [{ loaderKey: [] }];
  if (access === 'token' || access === 'session') return [{ [access]: [] }];
  return [{ token: [] }, { apiKey: [] }, { session: [] }];
}

/** The parameters in the path and the query. */
function parametersOf({ method, path, parameters }: Route, route: string): JsonSchema[] {
  return Object.entries(parameters.shape).flatMap(([name, schema]) => {
    const isInPath = path.includes(`{${name}}`);
    if (!isInPath && method !== 'GET') return [];
    const { description, ...json } = toJsonSchema(schema);
    return [
      {
        name,
        in: isInPath ? 'path' : 'query',
        required: isRequired(schema),
        description,
        example: typedExample(exampleParameter(route, name), json),
        schema: json,
      },
    ];
  });
}

function bodyOf({ method, parameters, body = 'form' }: Route, route: string): JsonSchema | undefined {
  const shape = Object.entries(parameters.shape);
  if (method !== 'POST' || shape.length === 0) return undefined;
  const type = body === 'multipart' ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
  const schema = {
    type: 'object',
    properties: Object.fromEntries(
      shape.map(([name, field]) => [name, withExample(toJsonSchema(field), exampleParameter(route, name))]),
    ),
    required: shape.filter(([, field]) => isRequired(field)).map(([name]) => name),
  };
  return { required: true, content: { [type]: { schema } } };
}

function withExample(schema: JsonSchema, text: string | undefined): JsonSchema {
  const example = typedExample(text, schema);
  return example === undefined ? schema : { ...schema, example };
}

/** A number where the schema asks for one. */
function typedExample(text: string | undefined, { type }: JsonSchema): string | number | undefined {
  return text !== undefined && type === 'integer' ? Number(text) : text;
}

export function isRequired(schema: z.core.$ZodType): boolean {
  return !z.core.safeParse(schema, undefined).success;
}

function describeAnswer(answer: Answer, { name, items }: { name: string; items: ItemSchemas }): JsonSchema {
  const example = exampleAnswer(name);
  switch (answer.kind) {
    case 'text':
      return { description: 'A text.', content: { [answer.mediaType]: { schema: { type: 'string' } } } };
    case 'events':
      return {
        description: 'Server-sent events. The data of each is JSON.',
        content: { 'text/event-stream': { itemSchema: schemaOf(answer.event) } },
      };
    case 'json':
      return {
        description: 'JSON.',
        content: { 'application/json': { schema: schemaOf(answer.value), example } },
      };
    case 'items':
      return {
        description: 'The items.',
        content: {
          'application/json': {
            schema: envelopeOf(items.dataOf(Object.values(answer.items), name)),
            example,
          },
        },
      };
  }
}

/** Collection+JSON whose items have this data. */
function envelopeOf(data: JsonSchema | undefined): JsonSchema {
  return {
    type: 'object',
    required: ['collection'],
    properties: {
      collection: {
        type: 'object',
        required: ['version', 'href', 'template', 'error'],
        properties: {
          version: { type: 'string', const: '1.0' },
          href: { type: 'string' },
          items: data === undefined ? undefined : itemsOf(data),
          template: { type: 'object' },
          error: { type: 'object' },
        },
      },
    },
  };
}

function itemsOf(data: JsonSchema): JsonSchema {
  return {
    type: 'array',
    items: {
      type: 'object',
      required: ['href', 'data'],
      properties: {
        href: { type: 'string' },
        data: { type: 'array', items: data },
        links: { type: 'array', items: { $ref: referenceTo('Link') } },
      },
    },
  };
}

function schemaOf(value: z.ZodType): JsonSchema {
  const id = COMPONENTS.get(value);
  return id === undefined ? toJsonSchema(value) : { $ref: referenceTo(id) };
}

/** The errors of a route by their status. */
function describeErrors(route: Route): Record<string, JsonSchema> {
  const codes = errorsOf(route);
  const statuses = [...new Set(codes.map((code) => statusOf(code)))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const named = codes.filter((code) => statusOf(code) === status).map((code) => `\`${code}\``);
      const content = { 'application/json': { schema: { $ref: referenceTo('Error') } } };
      return [status, { description: named.join(', '), content }];
    }),
  );
}

const LINK_SCHEMA = {
  type: 'object',
  required: ['rel', 'href'],
  properties: { rel: { type: 'string' }, href: { type: 'string' } },
};

const ERROR_SCHEMA = {
  type: 'object',
  required: ['collection'],
  properties: {
    collection: {
      type: 'object',
      required: ['error'],
      properties: {
        error: {
          type: 'object',
          required: ['code', 'message'],
          properties: { code: { type: 'string' }, message: { type: 'string' } },
        },
      },
    },
  },
};
