import type { RecordTable } from '../terminal/record-table.ts';

/** The columns of a table, those that only `--wide` and CSV have last. */
export function columnRows({ columns }: RecordTable): string {
  const names = (extra: boolean) =>
    columns.filter(({ isExtra = false }) => isExtra === extra).map(({ name }) => name);
  const [shown, more] = [names(false), names(true)];
  return `Columns: ${shown.join(', ')}${more.length === 0 ? '' : `; with --wide and in CSV also ${more.join(', ')}`}.`;
}
