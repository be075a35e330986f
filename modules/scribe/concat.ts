import type { Criterion } from './source.ts';

/** Joins the values of each identifier in order. An empty first value is replaced, as in MIG. */
export function concat(criteria: readonly Criterion[], separator: string): Criterion[] {
  const values = new Map<string, string[]>();
  for (const { identifier, value } of criteria) {
    const before = values.get(identifier);
    if (before === undefined || (before.length === 1 && before[0] === '')) values.set(identifier, [value]);
    else before.push(value);
  }
  return [...values].map(([identifier, list]) => ({ identifier, value: list.join(separator) }));
}
