import { z } from 'zod';
import { foldKey, goFieldsReader } from './go/struct-fields.ts';
import { toTimestamp } from './go/time.ts';
import { readAs } from './read-as.ts';
import { mustBe } from './text/given.ts';
import { TIME_ZERO } from './times.ts';

/** For schemas that JSON Schema cannot represent: a zod schema that it can, of the same input. */
export const representable = z.registry<{ input: unknown }>();

/**
 * An object as Go reads JSON into a struct: names ignore case, unknown keys are dropped, null counts as absent. Two keys
 * for one field are refused.
 */
export function goObject<S extends z.ZodRawShape>(shape: S) {
  const read = goFieldsReader(Object.keys(shape));
  const fields = (value: unknown, context: z.RefinementCtx) =>
    read(value, (message) => context.addIssue({ code: 'custom', message }));
  return z.preprocess(fields, z.object(shape));
}

/** RFC 3339 of any precision and offset, normalised to UTC and truncated to microseconds. */
export const timestamp = z
  .string()
  .max(64)
  .transform((text, context) => {
    const normalised = toTimestamp(text);
    if (normalised === undefined) {
      context.addIssue({ code: 'custom', message: mustBe('an RFC 3339 time', text) });
      return z.NEVER;
    }
    return normalised;
  });

export const timestampOrZero = timestamp.default(TIME_ZERO);

/** Ids are JSON numbers below 2^53 everywhere (spec/action.md#identifiers). */
export const id = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

// Zod reports each bad item. A message with a million of them would cost seconds, gigabytes, or the whole stack: the
// schemas below count items before they check them, or report one problem for all.

/** A list of at most `max` items. A longer one is refused before any item is checked. */
export function listOf<Item extends z.ZodType>(item: Item, max: number) {
  const list = z.array(z.unknown()).max(max).pipe(z.array(item));
  representable.add(list, { input: z.array(item).max(max) });
  return list;
}

/** At most `max` values by name. Zod's own records silently drop the name `__proto__`. */
export function recordOf<Value extends z.ZodType>(value: Value, max: number) {
  const record = z.unknown().transform((input, context): Record<string, z.output<Value>> => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      context.addIssue({ code: 'custom', message: 'must be an object' });
      return z.NEVER;
    }
    const items = Object.entries(input);
    if (items.length > max) {
      context.addIssue({ code: 'custom', message: `must have at most ${max} names` });
      return z.NEVER;
    }
    const read: [string, z.output<Value>][] = [];
    for (const [name, item] of items) {
      const parsed = readAs(value, item);
      if (!parsed.success) {
        context.addIssue({ code: 'custom', message: parsed.problem, path: [name] });
        return z.NEVER;
      }
      read.push([name, parsed.data]);
    }
    return Object.fromEntries(read);
  });
  representable.add(record, { input: z.record(z.string(), value) });
  return record;
}

/** A list of any number of texts. */
export const texts = z
  .custom<string[]>(
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    'must be a list of texts',
  )
  .register(representable, { input: z.array(z.string()) });

/** Any number of texts by name. */
export const textsByName = z
  .custom<Record<string, string>>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((item) => typeof item === 'string'),
    'must be an object of texts',
  )
  .register(representable, { input: z.record(z.string(), z.string()) });

/**
 * The path of the first field of `given` that `goObject` dropped when it made `read`, e.g. `searches.s1.content`; undefined
 * when it dropped none. Dropping a null loses nothing.
 */
export function unreadField(given: unknown, read: unknown): string | undefined {
  if (given === read || typeof given !== 'object' || given === null) return undefined;
  const known = new Map(Object.entries(read ?? {}));
  const byFold = new Map([...known.keys()].map((name) => [foldKey(name), name]));
  for (const [key, item] of Object.entries(given)) {
    if (item === null) continue;
    const name = known.has(key) ? key : byFold.get(foldKey(key));
    if (name === undefined) return key;
    const inner = unreadField(item, known.get(name));
    if (inner !== undefined) return `${key}.${inner}`;
  }
  return undefined;
}
