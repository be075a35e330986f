/** Formats a table whose columns are as wide as their widest cell. Columns of numbers are right-aligned. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const table = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => String(row[column] ?? '').length)));
  const isNumeric = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const lineOf = (row: readonly (string | number)[]) =>
    widths
      .map((width, column) => {
        const cell = String(row[column] ?? '');
        return isNumeric[column] ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return table.map(lineOf).join('\n');
}
