import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export const RESULTS = fileURLToPath(new URL('./results/', import.meta.url));

/** The value below which the given share of the values lies (nearest rank). */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** To a tenth of a thousandth. */
export function roundFine(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** To a hundredth. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

export function summary(values: readonly number[]): { p50: number; p95: number; p99: number } {
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    p50: round(percentile(values, 0.5)),
    p95: round(percentile(values, 0.95)),
    p99: round(percentile(values, 0.99)),
  };
}

/** Prints each result as one JSON line; the last run lies in bench/results, every run in its history. */
export function report(name: string, results: readonly Record<string, unknown>[]): void {
  const machine = {
    cores: cpus().length,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
  };
  const lines = results.map((result) => JSON.stringify({ bench: name, ...result, ...machine }));
  process.stdout.write(`${lines.join('\n')}\n`);
  mkdirSync(`${RESULTS}history`, { recursive: true });
  writeFileSync(`${RESULTS}${name}.jsonl`, `${lines.join('\n')}\n`);
  appendFileSync(`${RESULTS}history/${name}.jsonl`, `${lines.join('\n')}\n`);
}

/** What was measured; with a plus when the sources differ from the commit. */
function commit(): string {
  const git = (...args: string[]) => spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
  return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--', '*.ts') === '' ? '' : '+'}`;
}
