import type { z } from 'zod';
import type { AuditKind } from '../audit.ts';
import type { ErrorCode } from '../errors.ts';
import type { Permission } from '../permissions.ts';

/**
 * The description of one request of the API. The router, the validation, the OpenAPI document, the reference page, the contract
 * test and the typed client are all made from it.
 */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base route, exact: `/action/create/`. A parameter is written `{fingerprint}`. */
  path: string;
  /** One sentence. */
  summary: string;
  /** Who may send it: anybody, a loader with its key, an investigator by a token or session, or one with this permission. */
  access: 'anybody' | 'loader key' | 'token' | 'session' | Permission;
  /** By name: those of the path, of the query of a GET, and the form fields of a POST. Empty ones of a query do not count. */
  parameters: z.ZodObject;
  /** How a POST carries its parameters. */
  body?: 'form' | 'multipart' | 'json' | undefined;
  /** The most bytes of the body; larger ones are refused with 413. */
  maxBytes?: number | undefined;
  /** The change that a refusal is recorded as. */
  audit?: AuditKind | undefined;
  answer: Answer;
  /** The codes of errors that are its own, besides those that every route may answer. */
  errors?: readonly ErrorCode[] | undefined;
}

/** What a route answers when it succeeds: items in the envelope, a text, or a stream of events. */
export type Answer = ItemsAnswer | TextAnswer | EventsAnswer | JsonAnswer;

interface ItemsAnswer {
  kind: 'items';
  status: 200 | 201 | 202;
  /** By the name that the client gives them. */
  items: Record<string, ItemKind>;
}

/** A text without the envelope. MIG calls keys and addresses JSON, too. */
interface TextAnswer {
  kind: 'text';
  status: 200;
  mediaType: 'application/json' | 'text/html';
}

/** Server-sent events, one JSON value each. */
interface EventsAnswer {
  kind: 'events';
  status: 200;
  event: z.ZodType;
}

/** JSON without the envelope. */
interface JsonAnswer {
  kind: 'json';
  status: 200 | 202;
  value: z.ZodType;
}

type Count = 'one' | 'optional' | 'any';

/** The items of one name. */
export interface ItemKind<Value extends z.ZodType = z.ZodType, C extends Count = Count> {
  /** As in the answer. `{id}` stands for a number: `action ID {id}`. */
  name: string;
  value: Value;
  count: C;
}

/** Describes a route; the types of its parameters and its answer are inferred. */
export function defineRoute<const R extends Route>(route: R): R {
  return route;
}

/** Exactly one item of this name. */
export function one<Value extends z.ZodType>(name: string, value: Value): ItemKind<Value, 'one'> {
  return { name, value, count: 'one' };
}

/** At most one item of this name. */
export function optional<Value extends z.ZodType>(name: string, value: Value): ItemKind<Value, 'optional'> {
  return { name, value, count: 'optional' };
}

/** Any number of items of this name. */
export function any<Value extends z.ZodType>(name: string, value: Value): ItemKind<Value, 'any'> {
  return { name, value, count: 'any' };
}
