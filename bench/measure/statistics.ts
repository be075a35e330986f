export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function summary(values: readonly number[]): { p50: number; p95: number; p99: number } {
  return {
    p50: round(percentile(values, 0.5), 1),
    p95: round(percentile(values, 0.95), 1),
    p99: round(percentile(values, 0.99), 1),
  };
}

export function round(value: number, decimals = 2): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}

/** The value below which the given share of the values lies (nearest rank). */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
