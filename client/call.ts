import type { z } from 'zod';
import type { Answer, ItemKind, Route } from '../contract/api/route.ts';
import { Envelope } from '../contract/api-responses.ts';
import { MigError } from '../contract/errors.ts';
import { readAs } from '../contract/read-as.ts';

/** The parameters that a caller gives: those with defaults may be left out. */
export type Given<R extends Route> = {
  [Name in keyof z.input<R['parameters']>]: Name extends keyof z.output<R['parameters']>
    ? z.output<R['parameters']>[Name]
    : never;
};

type ValueOf<Kind> =
  Kind extends ItemKind<infer Value, infer Count>
    ? Count extends 'one'
      ? z.output<Value>
      : Count extends 'optional'
        ? z.output<Value> | undefined
        : z.output<Value>[]
    : never;

/** What a route answers: the values of its items by their keys, a text, or JSON. */
export type Answered<R extends Route> = R['answer'] extends { kind: 'items'; items: infer Items }
  ? { [Key in keyof Items]: ValueOf<Items[Key]> }
  : R['answer'] extends { kind: 'json'; value: infer Value extends z.ZodType }
    ? z.output<Value>
    : string;

/** A request as `fetch` takes it. The path is below the base address, without a slash before it. */
export interface RouteRequest {
  path: string;
  method: Route['method'];
  headers: Record<string, string>;
  body: string | FormData | undefined;
}

/** The request of a route with these parameters. */
export function toRequest<R extends Route>(route: R, given: Given<R>): RouteRequest {
  const { method, path, body } = route;
  const texts = new Map(
    Object.entries<unknown>(given).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, toText(value)]],
    ),
  );
  const address = path.slice(1).replace(/\{(\w+)\}/g, (_match, name: string) => {
    const text = texts.get(name);
    if (text === undefined) throw new MigError('parameter_invalid', `${name}: missing`);
    texts.delete(name);
    return encodeURIComponent(text);
  });
  if (method !== 'POST') {
    const query = new URLSearchParams([...texts]).toString();
    return { path: query === '' ? address : `${address}?${query}`, method, headers: {}, body: undefined };
  }
  if (body === 'multipart') return { path: address, method, headers: {}, body: toMultipart(texts) };
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return { path: address, method, headers, body: new URLSearchParams([...texts]).toString() };
}

/** Lists become words between commas when they are texts, and JSON when they are more. */
function toText(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function toMultipart(texts: ReadonlyMap<string, string>): FormData {
  const form = new FormData();
  for (const [name, text] of texts) form.set(name, text);
  return form;
}

/** Reads the body of a good answer. Throws `unavailable` when it is not as the route describes. */
export function readAnswer<R extends Route>(route: R, body: string): Answered<R>;
export function readAnswer(route: Route, body: string): unknown {
  const { answer } = route;
  switch (answer.kind) {
    case 'text':
      return body;
    case 'json':
      return readValue(answer.value, parseJson(body), 'the answer');
    case 'items':
      return readItems(answer, body);
    case 'events':
      throw new MigError('internal', `${route.path} is a stream of events`);
  }
}

function readItems({ items: kinds }: Extract<Answer, { kind: 'items' }>, body: string): unknown {
  const envelope = readValue(Envelope, parseJson(body), 'the answer');
  const data = envelope.collection.items.flatMap((item) => item.data);
  return Object.fromEntries(
    Object.entries(kinds).map(([key, { name, value, count }]) => {
      const values = data
        .filter((one) => isNamed(one.name, name))
        .map((one) => readValue(value, one.value, one.name));
      if (count === 'any') return [key, values];
      if (count === 'one' && values.length === 0)
        throw new MigError('unavailable', `the API answered without the item '${name}'`);
      return [key, values[0]];
    }),
  );
}

function isNamed(given: string, name: string): boolean {
  const [before = '', after] = name.split('{id}');
  return after === undefined ? given === name : given.startsWith(before);
}

function readValue<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const read = readAs(schema, value);
  if (read.success) return read.data;
  throw new MigError('unavailable', `the API sent ${what} in an unknown shape: ${read.problem}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MigError('unavailable', 'the API answered with something other than its envelope', { cause });
  }
}
