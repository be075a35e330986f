import type { ModuleResult } from '../../contract/module-result.ts';

/** A result as lines, without its statistics and in no order: what an investigator learns from it. */
export function factsOf({ foundanything, success, elements, errors }: ModuleResult): string[] {
  return [
    `foundanything ${foundanything}`,
    `success ${success}`,
    ...(errors ?? []).map((error) => `error ${error}`),
    ...flatten(elements, 'elements'),
  ];
}

/** One line for each item of a list, and for each value of an object. */
function flatten(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [`${path} []`] : value.map((item) => `${path}[] ${canonical(item)}`);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, field]) => flatten(field, `${path}.${key}`));
  }
  return [`${path} ${JSON.stringify(value)}`];
}

/** JSON with the keys of objects in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
