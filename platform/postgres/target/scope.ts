import { Environment } from '../../../contract/agent.ts';
import { MigError } from '../../../contract/errors.ts';
import { TARGET_COLUMNS } from '../../../contract/target-columns.ts';
import { closestName, didYouMean } from '../../../contract/text/closest.ts';
import { TABLES } from './allow-list.ts';
import { forbidden } from './node.ts';

/** A table or function in FROM. */
export interface FromItem {
  name: string;
  /** The table or function behind the name. */
  source: string;
  columns: ReadonlySet<string>;
  /** A function with one column: the bare name is that column. */
  isScalar: boolean;
}

/** The names that a condition may use: the FROM items of its select, then those of the selects around it. */
export interface Scope {
  items: readonly FromItem[];
  outer: Scope | undefined;
}

const COLUMN_NAMES = new Set([...TABLES.values()].flatMap((columns) => [...columns]));

export function tableItem(table: string, alias: string | undefined): FromItem {
  const columns = TABLES.get(table);
  if (!columns) throw forbidden(`table ${table} is not allowed`);
  return { name: alias ?? table, source: table, columns, isScalar: false };
}

/**
 * A scope inside another. Refuses a name with two meanings: Postgres has further lookup rules (LATERAL, ON), and if
 * it found another table than this walk, `t.f` could be a function call.
 */
export function openScope(items: readonly FromItem[], outer: Scope | undefined): Scope {
  const scope = { items, outer };
  for (const { name, source } of items) {
    if (COLUMN_NAMES.has(name)) throw forbidden(`the alias ${name} is the name of a column`);
    if (TABLES.has(name) && name !== source) throw forbidden(`the alias ${name} is the name of a table`);
    if (itemsOf(scope).some((other) => other.name === name && other.source !== source)) {
      throw forbidden(`the alias ${name} stands for two things`);
    }
  }
  return scope;
}

/** A name without a dot must be a column, never a whole row. */
export function requireColumn(name: string, scope: Scope): void {
  const isKnown = itemsOf(scope).some(
    (item) => item.columns.has(name) || (item.isScalar && item.name === name),
  );
  if (isKnown) return;
  throw new MigError(
    'target_failed',
    `target: column ${name} does not exist, or permission denied${suggestionFor(name, scope)}`,
  );
}

/** Fields of the environment and tags are often taken for columns. */
function suggestionFor(name: string, scope: Scope): string {
  const isOverLoaders = itemsOf(scope).at(-1)?.source === 'loaders';
  const columns = isOverLoaders ? [...(TABLES.get('loaders') ?? [])] : Object.keys(TARGET_COLUMNS);
  const column = didYouMean(name, columns);
  if (column !== '') return column;
  const field = closestName(name, Object.keys(Environment.out.shape));
  if (field !== undefined) return `; did you mean ${isOverLoaders ? 'env' : 'environment'}->>'${field}'?`;
  const quoted = `'${name.replaceAll("'", "''")}'`;
  return `; a value stands in single quotes, as ${quoted}, and a tag is asked for as tags->>${quoted}`;
}

/** A name after a dot must be a column of that table: anything else may be a function. */
export function requireColumnOf(table: string, name: string, scope: Scope): void {
  const item = itemsOf(scope).find((candidate) => candidate.name === table);
  if (!item?.columns.has(name)) throw forbidden(`${table}.${name} is not a known column`);
}

function itemsOf(scope: Scope): FromItem[] {
  return [...scope.items, ...(scope.outer ? itemsOf(scope.outer) : [])];
}
