import { posix } from 'node:path';
import type { z } from 'zod';
import { ROUTES_BY_CHAPTER } from '../contract/api/all-routes.ts';
import { errorsOf } from '../contract/api/errors-of.ts';
import type { ItemKind, Route } from '../contract/api/route.ts';
import { readAs } from '../contract/read-as.ts';

interface Answered {
  method: string;
  /** Below the base route, with its query. */
  path: string;
  status: number;
  /** The parsed body; undefined for one that is no JSON. */
  body: unknown;
}

interface Envelope {
  collection?: {
    items?: { data?: { name?: unknown; value?: unknown }[] }[];
    error?: { code?: unknown; message?: unknown };
  };
}

/** Node's HTTP server refuses a long address or large headers before any route is asked. */
const BEFORE_ROUTES = [414, 431];

const names = Object.values(ROUTES_BY_CHAPTER).flatMap((chapter): [string, Route][] =>
  Object.entries(chapter),
);
const routes = names.map(([, route]) => route);

/** The name of the route that answers a request; undefined when there is none. */
export function nameOfRoute(method: string, path: string): string | undefined {
  const route = routeOf(method, path);
  return names.find(([, one]) => one === route)?.[0];
}

/** Throws when an answer of the API is not as its route describes: in its status, its items, or the code of its error. */
export function checkAnswer({ method, path, status, body }: Answered): void {
  if (BEFORE_ROUTES.includes(status)) return;
  const route = routeOf(method, path);
  const problem = route === undefined ? problemWithout(method, path, status) : problemOf(route, status, body);
  if (problem !== undefined)
    throw new Error(`${method} ${path} answered ${status}, against its route: ${problem}`);
}

function routeOf(method: string, path: string): Route | undefined {
  return routesAt(path).find((route) => route.method === method);
}

function routesAt(path: string): Route[] {
  const [bare = ''] = path.split('?');
  // `fetch` follows the redirect of a path that is not normalized.
  const normalized = posix.normalize(bare);
  return routes.filter((route) => patternOf(route).test(normalized));
}

function patternOf({ path }: Route): RegExp {
  // The slash of the root may be missing, and is a dot then.
  return new RegExp(path === '/' ? '^[/.]?$' : `^${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}

function problemWithout(method: string, path: string, status: number): string | undefined {
  if (method === 'HEAD' || status === 301 || status === 400) return undefined;
  const expected = routesAt(path).length > 0 ? 405 : 404;
  return status === expected ? undefined : `there is no such route, so that ${expected} is due`;
}

function problemOf(route: Route, status: number, body: unknown): string | undefined {
  if (status === route.answer.status) return problemOfAnswer(route, body);
  // MIG's words, without the envelope.
  if (route.path === '/heartbeat' && route.method === 'POST') return undefined;
  if (route.path.startsWith('/publickey/') && status === 404) return undefined;
  const code = (body as Envelope | undefined)?.collection?.error?.code;
  const known = errorsOf(route);
  if (known.some((one) => one === code)) return undefined;
  return `the code ${JSON.stringify(code)} is none of ${known.join(', ')}`;
}

function problemOfAnswer({ answer }: Route, body: unknown): string | undefined {
  if (answer.kind === 'text' || answer.kind === 'events') return undefined;
  if (answer.kind === 'json') return problemOfValue('the answer', answer.value, body);
  const collection = (body as Envelope | undefined)?.collection;
  if (collection === undefined) return 'it is no Collection+JSON';
  const { items = [] } = collection;
  const data = items.flatMap((item) => item.data ?? []);
  const kinds = Object.values(answer.items);
  const problems = data.map(({ name, value }) => {
    const kind = kinds.find((one) => isNamed(one, name));
    return kind === undefined
      ? `it describes no item ${JSON.stringify(name)}`
      : problemOfValue(`item ${JSON.stringify(name)}`, kind.value, value);
  });
  const counts = kinds.map((kind) =>
    problemOfCount(kind, data.filter(({ name }) => isNamed(kind, name)).length),
  );
  return [...problems, ...counts].find((problem) => problem !== undefined);
}

function isNamed({ name }: ItemKind, given: unknown): boolean {
  return typeof given === 'string' && new RegExp(`^${name.replace('{id}', '\\d+')}$`).test(given);
}

function problemOfCount({ name, count }: ItemKind, found: number): string | undefined {
  const isRight = count === 'any' || found === 1 || (count === 'optional' && found === 0);
  return isRight ? undefined : `it has ${found} items '${name}'`;
}

function problemOfValue(what: string, schema: z.ZodType, value: unknown): string | undefined {
  const read = readAs(schema, value);
  return read.success ? undefined : `${what}: ${read.problem}`;
}
