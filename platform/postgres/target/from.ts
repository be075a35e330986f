import { ROW_FUNCTIONS, TARGET_LIMITS } from './allow-list.ts';
import { asType, builtInName, forbidden, isNode, listOf, type Node, requireFields, unwrap } from './node.ts';
import { descend, type Position } from './position.ts';
import { type FromItem, tableItem } from './scope.ts';

/** A FROM clause: its tables and functions, and the expressions in it, which are checked when every item is known. */
export interface From {
  items: FromItem[];
  expressions: unknown[];
}

export function readFrom(clause: unknown, position: Position): From {
  const from: From = { items: [], expressions: [] };
  for (const item of listOf(clause)) addFromItem(item, position, from);
  return from;
}

const JOIN_FIELDS: ReadonlySet<string> = new Set([
  'jointype',
  'isNatural',
  'larg',
  'rarg',
  'usingClause',
  'quals',
  'rtindex',
]);
const TABLE_FIELDS: ReadonlySet<string> = new Set([
  'relname',
  'schemaname',
  'inh',
  'relpersistence',
  'alias',
]);

function addFromItem(value: unknown, parent: Position, from: From): void {
  const position = descend(parent);
  const { type, node } = unwrap(value);
  switch (type) {
    case 'JoinExpr':
      requireFields(node, JOIN_FIELDS, 'a join');
      addFromItem(node.larg, position, from);
      addFromItem(node.rarg, position, from);
      if (node.quals !== undefined) from.expressions.push(node.quals);
      return;
    case 'RangeVar':
      countFromItem(position);
      from.items.push(readTable(node));
      return;
    case 'RangeFunction':
      countFromItem(position);
      addFunction(node, from);
      return;
    default:
      throw forbidden(`${type} is not allowed`);
  }
}

function countFromItem({ counts }: Position): void {
  counts.fromItems++;
  if (counts.fromItems > TARGET_LIMITS.fromItems) throw forbidden('too many tables');
}

function readTable(node: Node): FromItem {
  const table = String(node.relname);
  const isOurs = node.schemaname === undefined || node.schemaname === 'public';
  if (!isOurs || node.catalogname !== undefined) throw forbidden(`table ${table} is not allowed`);
  requireFields(node, TABLE_FIELDS, 'FROM');
  return tableItem(table, readAlias(node.alias));
}

function addFunction(node: Node, from: From): void {
  const [list, ...others] = listOf(node.functions);
  const [wrapped, columns] = listOf(asType(list, 'List')?.items);
  const call = asType(wrapped, 'FuncCall');
  if (!call || others.length > 0) throw forbidden('FROM of this form is not allowed');
  const { name, shown, isBuiltIn } = builtInName(call.funcname);
  const outputs = ROW_FUNCTIONS.get(name);
  if (!isBuiltIn || !outputs) throw forbidden(`function ${shown} is not allowed`);
  requireFields(node, new Set(['lateral', 'functions', 'alias']), 'FROM');
  requireFields(call, new Set(['funcname', 'args', 'funcformat']), 'FROM');
  if (isNode(columns) && Object.keys(columns).length > 0) {
    throw forbidden('a column list in FROM is not allowed');
  }
  from.expressions.push(...listOf(call.args));
  from.items.push({
    name: readAlias(node.alias) ?? name,
    source: name,
    columns: new Set(outputs),
    isScalar: outputs.length <= 1,
  });
}

function readAlias(alias: unknown): string | undefined {
  if (!isNode(alias)) return undefined;
  requireFields(alias, new Set(['aliasname']), 'an alias');
  return String(alias.aliasname);
}
