import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayWidth } from '../../../../cli/terminal/display-width.ts';
import { createTable, type TableColumn } from '../../../../cli/terminal/table.ts';

const ID: TableColumn = { title: 'id', isNumber: true, isCuttable: false, isOptional: false };
const NAME: TableColumn = { title: 'name', isNumber: false, isCuttable: true, isOptional: false };
const TARGET: TableColumn = { title: 'target', isNumber: false, isCuttable: true, isOptional: false };

function printed(
  rows: readonly (readonly string[])[],
  { columns = [ID, NAME, TARGET], maxWidth }: { columns?: TableColumn[]; maxWidth?: number } = {},
): { header: string; lines: string[]; leftOut: string[] } {
  const headers: string[] = [];
  const lines: string[] = [];
  const leftOut: string[] = [];
  const table = createTable({
    columns,
    maxWidth,
    printHeader: (line) => headers.push(line),
    printRow: (line) => lines.push(line),
    onLeftOut: (titles) => leftOut.push(...titles),
  });
  for (const row of rows) table.add(row);
  table.end();
  expect(headers.length).toBe(rows.length === 0 ? 0 : 1);
  return { header: headers[0] ?? '', lines, leftOut };
}

describe('a table', () => {
  test('aligns texts to the left and numbers to the right, also wide characters', () => {
    expect(
      printed([
        ['7', 'web', 'a'],
        ['1234', '日本', 'b'],
      ]),
    ).toEqual({ header: '  id  name  target', lines: ['   7  web   a', '1234  日本  b'], leftOut: [] });
  });

  test('cuts its widest texts until it fits, and never an id', () => {
    const { header, lines } = printed([['28098271642093', 'x'.repeat(30), 'y'.repeat(90)]], { maxWidth: 60 });
    expect(lines).toEqual([`28098271642093  ${'x'.repeat(20)}…  ${'y'.repeat(20)}…`]);
    expect(header).toBe(`${'id'.padStart(14)}  ${'name'.padEnd(21)}  target`);
  });

  test('leaves optional columns out, the last one first, before a text gets too short to be known', () => {
    const until: TableColumn = { title: 'until', isNumber: false, isCuttable: false, isOptional: true };
    const signers: TableColumn = { title: 'signers', isNumber: false, isCuttable: true, isOptional: true };
    const columns = [ID, until, signers, NAME];
    const row = ['28098271642093', '2026-01-01 00:00', 'Alice, Bob', 'n'.repeat(40)];
    const leftOutAt = (maxWidth: number) => printed([row], { columns, maxWidth }).leftOut;
    expect(leftOutAt(66)).toEqual([]);
    expect(leftOutAt(65)).toEqual(['signers']);
    expect(leftOutAt(53)).toEqual(['until', 'signers']);
    expect(printed([row], { columns, maxWidth: 40 })).toMatchObject({
      header: `${'id'.padStart(14)}  name`,
      lines: [`28098271642093  ${'n'.repeat(23)}…`],
    });
  });

  test('without a width cuts nothing', () => {
    expect(printed([['1', 'x'.repeat(300), 'y'.repeat(900)]]).lines[0]).toHaveLength(300 + 900 + 6);
  });

  test('fits every width that leaves room for the shortest columns', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
    const row = fc.tuple(fc.constantFrom('1', '22', '333'), cell, cell);
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 25, max: 120 }),
        (rows, maxWidth) => {
          for (const line of printed(rows, { maxWidth }).lines) {
            expect(displayWidth(line)).toBeLessThanOrEqual(maxWidth);
          }
        },
      ),
    );
  });

  test('escapes what would control the terminal before it measures', () => {
    const { lines } = printed([['1', '\u001b[2J', '\u202egpj.exe\n']]);
    expect(lines).toEqual(['1   \\u{1b}[2J  \\u{202e}gpj.exe\\u{a}'.replace('1   ', ' 1  ')]);
  });

  test('prints rows as they come once it knows the widths', () => {
    const lines: string[] = [];
    const table = createTable({
      columns: [ID, NAME],
      maxWidth: 40,
      printHeader: () => {},
      onLeftOut: () => {},
      printRow: (line) => lines.push(line),
    });
    for (let i = 0; i < 199; i++) table.add([String(i), 'name']);
    expect(lines).toHaveLength(0);
    table.add(['199', 'name']);
    expect(lines).toHaveLength(200);
    table.add(['200', 'a name that is longer than all before it']);
    expect(lines.at(-1)).toBe('200  a n…');
  });
});
