import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ITEM_COLUMNS } from '../../../../cli/export/columns.ts';
import { csv } from '../../../../cli/export/csv.ts';
import type { Export } from '../../../../cli/export/export-format.ts';
import { EXPORT_FORMATS } from '../../../../cli/export/formats.ts';
import { jsonLines } from '../../../../cli/export/json-lines.ts';
import { ocsf } from '../../../../cli/export/ocsf.ts';
import { sarif } from '../../../../cli/export/sarif.ts';
import { xccdf } from '../../../../cli/export/xccdf.ts';
import { ComplianceItem } from '../../../../contract/sweep/item.ts';
import { complianceItem, exported, sweepReport, WAIVER } from '../../../setup/compliance-items.ts';

const page = readFileSync(new URL('../../../../docs/exports.md', import.meta.url), 'utf8');

const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)\n\`\`\`$`, 'gms'))].map(([, block = '']) => block);

async function example(write: Export): Promise<string> {
  const items = [complianceItem({ waiver: WAIVER })];
  return (await exported(write, { report: sweepReport(), items })).toString();
}

test('the examples of the page are what the formats write', async () => {
  const [, item = ''] = (await example(jsonLines)).split('\n');
  const results: unknown[] = JSON.parse(await example(sarif)).runs[0].results;
  const written = [JSON.parse(item), JSON.parse(await example(ocsf)), results[0]];
  expect(blocks('json').map((block): unknown => JSON.parse(block))).toEqual(written);
  expect(blocks('xml')).toHaveLength(1);
  expect(await example(xccdf)).toContain(blocks('xml')[0]);
  const [, record] = (await example(csv)).split('\r\n');
  expect(blocks('csv').map((block) => block.replaceAll('\n', ''))).toEqual([record]);
});

test('the page has a row for each format, and for each field of an item', () => {
  for (const { name, ending } of EXPORT_FORMATS) expect(page).toContain(`| \`${name}\` | \`.${ending}\` |`);
  for (const name of Object.keys(ComplianceItem.shape))
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\| `, 'm'));
  const fields = ITEM_COLUMNS.map(({ name }) => name).filter((name) => !name.startsWith('waiver'));
  expect(['sweep', ...Object.keys(ComplianceItem.shape)].filter((name) => name !== 'waiver').sort()).toEqual(
    fields.sort(),
  );
});
