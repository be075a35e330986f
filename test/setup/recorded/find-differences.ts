/** A field of an answer that differs. */
export interface Difference {
  /** The names of the fields on the way, with dots between them. */
  at: string;
  theirs: unknown;
  ours: unknown;
}

/** Compares two values field by field. A list or object that only one side has is one difference. */
export function findDifferences(theirs: unknown, ours: unknown, at = ''): Difference[] {
  if (isObject(theirs) && isObject(ours) && Array.isArray(theirs) === Array.isArray(ours)) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
    return [...keys].flatMap((key) =>
      findDifferences(theirs[key], ours[key], at === '' ? key : `${at}.${key}`),
    );
  }
  return Object.is(theirs, ours) ? [] : [{ at, theirs, ours }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
