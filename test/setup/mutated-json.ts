import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value with one change. */
export interface Mutated {
  value: Json;
  /** The names on the way to the change, without the places in lists; the last one is of what was changed. */
  names: string[];
  change: 'replaced' | 'removed' | 'added';
}

interface Place {
  path: (string | number)[];
  isObject: boolean;
}

const STRANGE = fc.oneof(
  fc.constantFrom<Json>(null, true, 0, -1, 0.5, 1e300, '', [], {}, [null], { a: 1 }),
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.constant('x'.repeat(3_000)),
);

/** A copy of a JSON value in which one part, at a random place, was replaced, removed, or given a field that nobody knows. */
export function mutatedJson(valid: Json): fc.Arbitrary<Mutated> {
  const places = placesOf(valid, []);
  return fc
    .record({
      place: fc.constantFrom(...places),
      change: fc.constantFrom('replaced' as const, 'removed' as const, 'added' as const),
      strange: STRANGE,
    })
    .map(({ place, change, strange }) => mutate(structuredClone(valid), { ...place, change, strange }));
}

function mutate(
  value: Json,
  { path, isObject, change, strange }: Place & { change: Mutated['change']; strange: Json },
): Mutated {
  const names = path.filter((step) => typeof step === 'string');
  if (change === 'added' && isObject) {
    Reflect.set(Object(at(value, path)), 'strange', strange);
    return { value, names: [...names, 'strange'], change };
  }
  const last = path.at(-1);
  if (last === undefined) return { value: strange, names, change: 'replaced' };
  const parent = Object(at(value, path.slice(0, -1)));
  if (change === 'removed' && typeof last === 'string') {
    Reflect.deleteProperty(parent, last);
    return { value, names, change };
  }
  Reflect.set(parent, last, strange);
  return { value, names, change: 'replaced' };
}

function at(value: Json, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, step) => Reflect.get(Object(inner), step), value);
}

function placesOf(value: Json, path: (string | number)[]): Place[] {
  const isList = Array.isArray(value);
  const isObject = typeof value === 'object' && value !== null && !isList;
  const inner = isList ? [...value.entries()] : isObject ? Object.entries(value) : [];
  return [{ path, isObject }, ...inner.flatMap(([step, item]) => placesOf(item, [...path, step]))];
}
