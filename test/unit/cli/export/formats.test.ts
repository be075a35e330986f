import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { EXPORT_FORMATS } from '../../../../cli/export/formats.ts';
import type { ComplianceItem } from '../../../../contract/sweep/item.ts';
import { complianceItem, EXPORT_OPTIONS, sweepReport, WAIVER } from '../../../setup/compliance-items.ts';
import { defined } from '../../../setup/defined.ts';

const ITEMS = 20_000;
const CHECKS = 50;
const MIB = 1024 * 1024;

test('names, endings and help of the formats are single words and single lines', () => {
  const names = EXPORT_FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, ending, mediaType, help } of EXPORT_FORMATS) {
    expect(`${name} ${ending}`).toMatch(/^[a-z]+ [a-z.]+$/);
    expect(mediaType).toMatch(/^(application|text)\/[a-z.+]+(; .*)?$/);
    expect(help).toMatch(/^.{20,80}$/);
  }
});

test.each(EXPORT_FORMATS)('$name keeps no item that it has written', async ({ write }) => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const heapUsed = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const heaps: number[] = [];
  const base = defined(sweepReport().checks[0]);
  const report = sweepReport({
    checks: Array.from({ length: CHECKS }, (_, index) => ({ ...base, id: `c${index}` })),
  });
  let bytes = 0;
  const items = largeItems((index) => {
    // Just after the last row group, where there is one.
    if (index % 5_000 === 4_999) heaps.push(heapUsed());
  });
  for await (const chunk of write(report, items, EXPORT_OPTIONS)) bytes += chunk.length;
  const [first = 0, ...others] = heaps;
  expect(bytes).toBeGreaterThan(ITEMS * 100);
  // To keep all items would take more than 60 MiB.
  expect(Math.max(...others) - first).toBeLessThan(16 * MIB);
});

/** Items with 4,000 characters of their own each. */
async function* largeItems(onItem: (index: number) => void): AsyncGenerator<ComplianceItem> {
  for (let index = 0; index < ITEMS; index++) {
    onItem(index);
    const endpoint = Math.floor(index / CHECKS);
    yield complianceItem({
      check: `c${index % CHECKS}`,
      agent: `${endpoint}`.padEnd(2_000, '.'),
      queueloc: `linux.${endpoint}`,
      waiver: { ...WAIVER, why: `${index}`.padEnd(2_000, '.') },
    });
  }
}
