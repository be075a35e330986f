import { parse } from 'libpg-query';
import { MigError } from '../../contract/errors.ts';
import { CASTS, FUNCTIONS, NODES, OPERATORS, SELECT_FIELDS, TABLES } from './target-allow-list.ts';

/**
 * Reads a target: an SQL condition over `agents`, parsed alone by Postgres' own grammar, so that no parenthesis,
 * comment or semicolon can end it early. Refuses whatever is not on the allow-list, by name.
 */
export async function checkTarget(target: string): Promise<{ namesStatus: boolean }> {
  const prefix = 'SELECT 1 FROM agents WHERE ';
  let tree: ParseTree;
  try {
    tree = (await parse(`${prefix}${target}`)) as unknown as ParseTree;
  } catch (cause) {
    throw new MigError(
      'target_syntax',
      `target: ${cause instanceof Error ? cause.message : 'syntax error'}`,
      { cause },
    );
  }
  const [statement, ...others] = tree.stmts ?? [];
  if (!statement || others.length > 0) {
    throw new MigError('target_syntax', 'target: must be one SQL condition, not several statements');
  }
  const select = statement.stmt.SelectStmt;
  const extra = Object.keys(select ?? {}).find((key) => !CONDITION_FIELDS.has(key));
  if (!select?.whereClause || extra !== undefined || select.op !== 'SETOP_NONE') {
    throw new MigError(
      'target_syntax',
      `target: must be one SQL condition, nothing after it (${extra ?? 'empty'})`,
    );
  }
  const seen: Seen = { namesStatus: false };
  checkNode(select.whereClause, seen);
  return seen;
}

interface ParseTree {
  stmts?: { stmt: Record<string, Node | undefined> }[];
}
type Node = Record<string, unknown>;
interface Seen {
  namesStatus: boolean;
}

const CONDITION_FIELDS = new Set(['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']);

/** Nodes are objects with one capitalised key, their type; other objects are fields of the node around them. */
function checkNode(value: unknown, seen: Seen): void {
  if (Array.isArray(value)) {
    for (const item of value) checkNode(item, seen);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (/^[A-Z]/.test(key)) checkTyped(key, child as Node, seen);
    else checkNode(child, seen);
  }
}

function checkTyped(type: string, node: Node, seen: Seen): void {
  if (!NODES.has(type)) throw forbidden(`${type} is not allowed`);
  switch (type) {
    case 'FuncCall':
      checkFunction(node);
      break;
    case 'A_Expr':
      checkOperator(names(node.name));
      break;
    case 'SubLink':
      if (node.operName !== undefined) checkOperator(names(node.operName));
      break;
    case 'TypeCast':
      checkType(node.typeName as Node);
      break;
    case 'RangeVar':
      checkTable(node);
      break;
    case 'SelectStmt':
      checkSelect(node);
      break;
    case 'ColumnRef':
      if (names(node.fields).at(-1) === 'status') seen.namesStatus = true;
      break;
  }
  checkNode(node, seen);
}

function checkFunction(node: Node): void {
  const path = names(node.funcname);
  const name = path.at(-1) ?? '';
  const isBuiltIn = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
  if (!isBuiltIn || !FUNCTIONS.has(name)) throw forbidden(`function ${path.join('.')} is not allowed`);
}

function checkOperator(path: string[]): void {
  const isBuiltIn = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
  if (!isBuiltIn || !OPERATORS.has(path.at(-1) ?? ''))
    throw forbidden(`operator ${path.join('.')} is not allowed`);
}

function checkType(typeName: Node): void {
  const path = names(typeName.names);
  const isBuiltIn = path.length === 1 || (path.length === 2 && path[0] === 'pg_catalog');
  if (!isBuiltIn || !CASTS.has(path.at(-1) ?? ''))
    throw forbidden(`cast to ${path.join('.')} is not allowed`);
}

function checkTable(node: Node): void {
  const isOurs = node.schemaname === undefined || node.schemaname === 'public';
  const name = String(node.relname);
  if (!isOurs || node.catalogname !== undefined || !TABLES.has(name))
    throw forbidden(`table ${name} is not allowed`);
}

function checkSelect(node: Node): void {
  const field = Object.keys(node).find((key) => !SELECT_FIELDS.has(key));
  if (field !== undefined) throw forbidden(`${field} in a sub-select is not allowed`);
}

function names(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item) => String((item as { String?: { sval?: string } }).String?.sval ?? '*'));
}

function forbidden(what: string): MigError {
  return new MigError('target_forbidden', `target: ${what}`);
}
