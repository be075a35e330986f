// Limits in percent, in whole numbers: no share is rounded.

interface Share {
  part: number;
  whole: number;
}

/** Whether a part is as much as a percentage of the whole, or more. Nothing reaches a percentage of nothing. */
export function reachesPercent({ part, whole }: Share, percent: number): boolean {
  return whole > 0 && part * 100 >= percent * whole;
}

/** Whether a part is more than a percentage of the whole. */
export function exceedsPercent({ part, whole }: Share, percent: number): boolean {
  return part * 100 > percent * whole;
}
