import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));

/** Prints each result as a JSON line and writes it to bench/results, where only the last run stays, and to its history. */
export function writeResults(name: string, results: readonly Record<string, unknown>[]): void {
  const machine = {
    cores: cpus().length,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
  };
  const lines = results
    .map((result) => `${JSON.stringify({ bench: name, ...result, ...machine })}\n`)
    .join('');
  process.stdout.write(lines);
  mkdirSync(`${RESULTS}history`, { recursive: true });
  writeFileSync(`${RESULTS}${name}.jsonl`, lines);
  appendFileSync(`${RESULTS}history/${name}.jsonl`, lines);
}

/** The commit that was measured, with a plus when the sources differ from it. */
function commit(): string {
  const isChanged = git('status', '--porcelain', '--', '*.ts') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`;
}

function git(...args: string[]): string {
  const { error, stdout } = spawnSync('git', args, { encoding: 'utf8' });
  return error ? '' : stdout.trim();
}
