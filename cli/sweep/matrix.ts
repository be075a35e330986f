import { addCounts, type StatusCounts } from '../../contract/sweep/counts.ts';
import {
  ITEM_STATUSES,
  type SweepCheckView,
  type SweepEndpointView,
  type SweepRunView,
  type SweepState,
} from '../../contract/sweep/item.ts';
import { LEVELS } from '../../contract/sweep/levels.ts';

/** One row of the matrix: what it is about, its items by status, and how its failures changed since the run before. */
export interface MatrixRow {
  name: string;
  level: string;
  counts: StatusCounts;
  /** null: they are not counted for such rows. */
  waived: number | null;
  /** null: there is no run before. */
  trend: number | null;
}

interface CheckRows {
  checks: readonly SweepCheckView[];
  state: Pick<SweepState, 'bycheck' | 'waived'>;
  /** The run that the trend is against; undefined when there is none. */
  before: Pick<SweepRunView, 'bycheck'> | undefined;
}

/** The present items by check, or added up by reference, those with most failures first. */
export function checkRows({ checks, state, before }: CheckRows, by: 'check' | 'reference'): MatrixRow[] {
  const rows = new Map<string, MatrixRow & { waived: number; trend: number }>();
  for (const { id, reference, level } of checks) {
    const name = by === 'check' ? id : reference || '(none)';
    const row = rows.get(name) ?? { name, level, counts: {}, waived: 0, trend: 0 };
    row.level = higherLevel(row.level, level);
    row.counts = addCounts([row.counts, state.bycheck[id] ?? {}]);
    row.waived += state.waived[id] ?? 0;
    row.trend += failures(state, id) - failures(before, id);
    rows.set(name, row);
  }
  return [...rows.values()]
    .sort((a, b) => countOf(b.counts, 'fail') - countOf(a.counts, 'fail') || compare(a.name, b.name))
    .map((row) => (before === undefined ? { ...row, trend: null } : row));
}

/** Any text that is not customary is below all levels. */
function higherLevel(one: string, other: string): string {
  const rankOf = (level: string) => LEVELS.indexOf(level.toLowerCase());
  if (rankOf(one) !== rankOf(other)) return rankOf(one) > rankOf(other) ? one : other;
  return one || other;
}

/** What the endpoints have answered last, whatever the run. */
export function endpointRows(endpoints: readonly SweepEndpointView[]): MatrixRow[] {
  return endpoints.map(({ agent, counts }) => ({
    name: agent,
    level: '',
    counts,
    waived: null,
    trend: null,
  }));
}

function failures(run: Pick<SweepRunView, 'bycheck'> | undefined, check: string): number {
  return countOf(run?.bycheck[check] ?? {}, 'fail');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const MAX_NAME = 48;

/** The matrix as lines of a table. Names of agents come from endpoints, and are cut. */
export function matrixLines(rows: readonly MatrixRow[], what: string): string[] {
  const columns = columnsOf(rows, what).map((column) => aligned(column, rows));
  const header = columns.map(({ title }) => title).join('  ');
  return [header, ...rows.map((row) => columns.map(({ cellOf }) => cellOf(row)).join('  '))];
}

interface Column {
  title: string;
  cellOf: (row: MatrixRow) => string;
  /** Texts are aligned to the left, numbers to the right. */
  isText?: boolean;
}

function columnsOf(rows: readonly MatrixRow[], what: string): Column[] {
  const columns: Column[] = [
    { title: what, cellOf: ({ name }) => cut(name), isText: true },
    { title: 'level', cellOf: ({ level }) => level, isText: true },
    ...ITEM_STATUSES.map((status) => ({
      title: status,
      cellOf: ({ counts }: MatrixRow) => String(countOf(counts, status)),
    })),
  ];
  if (rows.some(({ waived }) => waived !== null)) {
    columns.push({ title: 'waived', cellOf: ({ waived }) => String(waived) });
  }
  if (rows.some(({ trend }) => trend !== null)) {
    columns.push({ title: 'trend of fail', cellOf: ({ trend }) => signed(Number(trend)) });
  }
  return columns;
}

/** The column with its title and cells as wide as the widest of them. */
function aligned({ title, cellOf, isText = false }: Column, rows: readonly MatrixRow[]): Column {
  const width = Math.max(title.length, ...rows.map((row) => cellOf(row).length));
  const align = (cell: string) => (isText ? cell.padEnd(width) : cell.padStart(width));
  return { title: align(title), cellOf: (row) => align(cellOf(row)) };
}

function cut(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name;
}

/** Counts have no entry for a status without items. */
function countOf(counts: StatusCounts, status: string): number {
  return counts[status] ?? 0;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : value === 0 ? '=' : String(value);
}
