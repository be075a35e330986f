/** Items by status. A status without items has no entry. */
export type StatusCounts = Record<string, number>;

/** Adds up the items of several checks or endpoints, status by status. */
export function addCounts(all: readonly StatusCounts[]): StatusCounts {
  const sum = new Map<string, number>();
  for (const [status, count] of all.flatMap(Object.entries<number>)) {
    sum.set(status, (sum.get(status) ?? 0) + count);
  }
  return Object.fromEntries(sum);
}
