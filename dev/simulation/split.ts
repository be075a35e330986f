/** Splits the items, in order, into at most `parts` parts (rounded up) of nearly the same length. No part is empty. */
export function split<T>(items: readonly T[], parts: number): T[][] {
  const size = Math.ceil(items.length / Math.max(1, Math.ceil(parts)));
  const result: T[][] = [];
  for (let start = 0; start < items.length; start += size) result.push(items.slice(start, start + size));
  return result;
}
