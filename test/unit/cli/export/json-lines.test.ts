import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonLines } from '../../../../cli/export/json-lines.ts';
import { ComplianceItem, SweepReport } from '../../../../contract/sweep/item.ts';
import { printable } from '../../../../contract/text/printable.ts';
import {
  EXPORT_OPTIONS,
  exportable,
  exported,
  sweepReport,
  wellFormed,
} from '../../../setup/compliance-items.ts';

test('the first line is the report, and each further line an item', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async ({ report, items }) => {
      const text = (await exported(jsonLines, { report, items })).toString();
      const [head, ...lines] = text
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line));
      expect(head).toEqual({
        report: wellFormed(report),
        exportedat: '2026-11-30T12:00:00Z',
        migversion: EXPORT_OPTIONS.version,
      });
      expect(lines).toEqual(wellFormed(items));
    }),
  );
});

test('the lines have the shapes that the API sends', async () => {
  const [given] = fc.sample(
    exportable.filter(({ items }) => items.length > 0),
    1,
  );
  const text = (await exported(jsonLines, given ?? { report: sweepReport(), items: [] })).toString();
  const [head = '', ...lines] = text.trimEnd().split('\n');
  expect(SweepReport.safeParse(JSON.parse(head).report).success).toBe(true);
  expect(lines.map((line) => ComplianceItem.safeParse(JSON.parse(line)).success)).not.toContain(false);
});

test('no character of a name reaches a terminal unescaped', async () => {
  await fc.assert(
    fc.asyncProperty(exportable, async (given) => {
      const text = (await exported(jsonLines, given)).toString();
      expect(text.split('\n').filter((line) => line !== printable(line))).toEqual([]);
    }),
  );
});

test('a sweep without a run or items is a report alone', async () => {
  const report = sweepReport({ run: null });
  const text = (await exported(jsonLines, { report, items: [] })).toString();
  expect(text.split('\n')).toHaveLength(2);
  expect(JSON.parse(text).report.run).toBeNull();
});
