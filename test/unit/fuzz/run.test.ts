import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzz } from '../../fuzz/run.ts';
import { readKept } from '../../fuzz/seeds.ts';
import { allParsers } from '../../setup/broken-parsers.ts';

let seeds: string;
beforeAll(() => {
  seeds = mkdtempSync(join(tmpdir(), 'mig-fuzz-'));
});
afterAll(() => rmSync(seeds, { recursive: true, force: true }));

const parsers = new URL('../../setup/broken-parsers.ts', import.meta.url).href;

for (const [name, kind] of [
  ['crashes', 'crash'],
  ['hangs', 'hang'],
  ['bursts', 'memory'],
] as const) {
  test(`a parser that ${name} is detected, and its input is kept and tried first`, async () => {
    const parser = allParsers().find((one) => one.name === name);
    if (!parser) throw new Error(`no parser ${name}`);
    const first = await fuzz({ parser, seed: 1, ms: 3_000, parsers, seeds });
    expect(first.failures[0]).toMatchObject({ kind, batch: 0 });
    expect(readKept(seeds, name).length).toBeGreaterThan(0);
    const second = await fuzz({ parser, seed: 2, ms: 1, parsers, seeds });
    expect(second.failures[0]).toMatchObject({ kind, batch: -1, file: readKept(seeds, name)[0]?.file });
  }, 180_000);
}
