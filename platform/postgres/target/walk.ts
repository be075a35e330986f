import {
  CASTS,
  CLOCK_VALUES,
  FUNCTIONS,
  OPERATORS,
  PATTERN_OPERATORS,
  PRODUCT_OPERATORS,
  ROW_FUNCTIONS,
  TARGET_LIMITS,
} from './allow-list.ts';
import {
  asType,
  builtInName,
  constantText,
  forbidden,
  isConstant,
  isNode,
  isWholeNumber,
  listOf,
  type Node,
  requireFields,
  unwrap,
} from './node.ts';
import { checkPattern, escapedPattern } from './patterns.ts';
import { type FromItem, openScope, requireColumn, requireColumnOf, type Scope, tableItem } from './scope.ts';

/** Where the walk is, and what it has counted over the whole target. */
interface Place {
  scope: Scope;
  depth: number;
  selects: number;
  counts: Counts;
}

interface Counts {
  nodes: number;
  fromItems: number;
  namesStatus: boolean;
}

/** Walks a condition over `agents`; refuses every node, field and name that is not known to be harmless. */
export function checkCondition(condition: unknown): { namesStatus: boolean } {
  const counts: Counts = { nodes: 0, fromItems: 0, namesStatus: false };
  const scope = openScope([tableItem('agents', undefined)], undefined);
  checkExpression(condition, { scope, depth: 0, selects: 0, counts });
  return { namesStatus: counts.namesStatus };
}

/** The fields that hold expressions, those that hold plain values, and what else is to be looked at. */
interface Kind {
  expressions: readonly string[];
  plain?: readonly string[];
  check?: (node: Node, place: Place) => void;
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['A_ArrayExpr', { expressions: ['elements'], plain: ['list_start', 'list_end'], check: checkArray }],
  [
    'A_Const',
    { expressions: [], plain: ['ival', 'fval', 'sval', 'boolval', 'isnull'], check: checkConstant },
  ],
  [
    'A_Expr',
    {
      expressions: ['lexpr'],
      plain: ['kind', 'name', 'rexpr', 'rexpr_list_start', 'rexpr_list_end'],
      check: checkOperation,
    },
  ],
  ['A_Indices', { expressions: ['lidx', 'uidx'], plain: ['is_slice'] }],
  ['A_Indirection', { expressions: ['arg', 'indirection'], check: checkIndirection }],
  ['BoolExpr', { expressions: ['args'], plain: ['boolop'] }],
  ['BooleanTest', { expressions: ['arg'], plain: ['booltesttype'] }],
  ['CaseExpr', { expressions: ['arg', 'args', 'defresult'] }],
  ['CaseWhen', { expressions: ['expr', 'result'] }],
  ['CoalesceExpr', { expressions: ['args'] }],
  ['ColumnRef', { expressions: [], plain: ['fields'], check: checkColumn }],
  ['FuncCall', { expressions: ['args'], plain: ['funcname', 'funcformat'], check: checkCall }],
  ['MinMaxExpr', { expressions: ['args'], plain: ['op'] }],
  ['NullTest', { expressions: ['arg'], plain: ['nulltesttype'] }],
  ['SQLValueFunction', { expressions: [], plain: ['op', 'typmod'], check: checkClockValue }],
  [
    'SubLink',
    { expressions: ['testexpr'], plain: ['subLinkType', 'operName', 'subselect'], check: checkSubLink },
  ],
  ['TypeCast', { expressions: ['arg'], plain: ['typeName'], check: checkCast }],
]);

function checkExpression(value: unknown, outer: Place): void {
  const place = { ...outer, depth: outer.depth + 1 };
  const { type, node } = unwrap(value);
  const kind = KINDS.get(type);
  if (!kind) throw forbidden(`${type} is not allowed`);
  count(place);
  kind.check?.(node, place);
  const { expressions, plain = [] } = kind;
  requireFields(node, new Set([...expressions, ...plain]), type);
  for (const field of expressions) checkExpressions(node[field], place);
}

function checkExpressions(value: unknown, place: Place): void {
  if (value === undefined) return;
  for (const item of Array.isArray(value) ? value : [value]) checkExpression(item, place);
}

function count({ counts, depth }: Place): void {
  counts.nodes++;
  if (counts.nodes > TARGET_LIMITS.nodes) throw forbidden('the condition has too many parts');
  if (depth > TARGET_LIMITS.depth) throw forbidden('the condition is nested too deeply');
}

function checkConstant(node: Node): void {
  const number = isNode(node.fval) ? String(node.fval.fval) : '';
  if (number.length > TARGET_LIMITS.numberCharacters || hasHugeExponent(number)) {
    throw forbidden('a number is too long');
  }
}

/** Nine characters that Postgres writes out as a hundred thousand digits. */
function hasHugeExponent(text: string): boolean {
  return /[\d.]e[+-]?\d{4}/i.test(text);
}

function checkArray(node: Node): void {
  if (!listOf(node.elements).every(isConstant))
    throw forbidden('an array of anything but constants is not allowed');
}

function checkColumn(node: Node, { scope, counts }: Place): void {
  const names = listOf(node.fields).map((field) => asType(field, 'String')?.sval);
  const [first, second, ...more] = names;
  if (names.some((name) => typeof name !== 'string') || more.length > 0) {
    throw forbidden('a whole row is not allowed, nor more than one dot');
  }
  if (second === undefined) requireColumn(String(first), scope);
  else requireColumnOf(String(first), String(second), scope);
  if (names.at(-1) === 'status') counts.namesStatus = true;
}

function checkIndirection(node: Node): void {
  const isIndexed = listOf(node.indirection).every((part) => asType(part, 'A_Indices') !== undefined);
  if (!isIndexed) throw forbidden('(…).name is not allowed, for it may call a function');
}

function checkClockValue(node: Node): void {
  if (!CLOCK_VALUES.has(String(node.op))) throw forbidden(`${String(node.op).slice(6)} is not allowed`);
}

function checkCall(node: Node): void {
  const { name, shown, isBuiltIn } = builtInName(node.funcname);
  if (!isBuiltIn || !FUNCTIONS.has(name)) throw forbidden(`function ${shown} is not allowed`);
  // With a text behind the first argument they match a regular expression.
  const isPlain = listOf(node.args).slice(1).every(isWholeNumber);
  if (/^substr(ing)?$/.test(name) && !isPlain) throw forbidden(`${name} takes whole numbers only`);
}

function checkCast(node: Node): void {
  const type = isNode(node.typeName) ? node.typeName : {};
  const { name, shown, isBuiltIn } = builtInName(type.names);
  if (!isBuiltIn || !CASTS.has(name)) throw forbidden(`cast to ${shown} is not allowed`);
  requireFields(type, new Set(['names', 'typmods', 'typemod', 'arrayBounds']), `a cast to ${name}`);
  if (type.typmods !== undefined && !CASTS.get(name))
    throw forbidden(`cast to ${name} with a size is not allowed`);
  if (!listOf(type.typmods).every(isWholeNumber) || listOf(type.arrayBounds).length > 1) {
    throw forbidden(`cast to ${name} of this form is not allowed`);
  }
  const text = constantText(node.arg);
  if (text !== undefined && /^(numeric|jsonb?)$/.test(name) && hasHugeExponent(text)) {
    throw forbidden('a number is too long');
  }
}

const OPERATION_KINDS =
  /^AEXPR_(OP|OP_ANY|OP_ALL|DISTINCT|NOT_DISTINCT|NULLIF|IN|LIKE|ILIKE|SIMILAR|(NOT_)?BETWEEN(_SYM)?)$/;

function checkOperation(node: Node, place: Place): void {
  if (!OPERATION_KINDS.test(String(node.kind))) throw forbidden(`${String(node.kind)} is not allowed`);
  const name = checkOperator(node.name);
  if (PATTERN_OPERATORS.has(name)) checkPattern(node.rexpr);
  if (PRODUCT_OPERATORS.has(name) && !isWholeNumber(node.lexpr) && !isWholeNumber(node.rexpr)) {
    throw forbidden(`one side of ${name} must be a whole number`);
  }
  const list = asType(node.rexpr, 'List');
  checkExpressions(list ? list.items : (escapedPattern(node.rexpr) ?? node.rexpr), place);
}

function checkOperator(path: unknown): string {
  const { name, shown, isBuiltIn } = builtInName(path);
  if (!isBuiltIn || !OPERATORS.has(name)) throw forbidden(`operator ${shown} is not allowed`);
  return name;
}

/** EXISTS, IN, ANY, ALL and a single value; not ARRAY, which collects. */
function checkSubLink(node: Node, place: Place): void {
  const type = String(node.subLinkType);
  if (!/^(EXISTS|ANY|ALL|EXPR)_SUBLINK$/.test(type)) throw forbidden(`${type} is not allowed`);
  if (node.operName !== undefined) {
    const name = checkOperator(node.operName);
    if (PATTERN_OPERATORS.has(name)) throw forbidden('a regular expression must be a constant');
    if (PRODUCT_OPERATORS.has(name)) throw forbidden(`one side of ${name} must be a whole number`);
  }
  const select = asType(node.subselect, 'SelectStmt');
  if (!select) throw forbidden('a sub-select of this form is not allowed');
  checkSelect(select, place, type === 'EXISTS_SUBLINK');
}

/** No WITH, INTO, locking, VALUES, windows or groups. */
const SELECT_FIELDS: ReadonlySet<string> = new Set([
  'distinctClause',
  'targetList',
  'fromClause',
  'whereClause',
  'sortClause',
  'limitCount',
  'limitOffset',
  'limitOption',
  'op',
  'all',
  'larg',
  'rarg',
]);

/** A sub-select, one level deeper than what it stands in. */
function checkSelect(select: Node, outer: Place, isExists: boolean): void {
  const place = { ...outer, selects: outer.selects + 1 };
  if (place.selects > TARGET_LIMITS.selects) throw forbidden('sub-selects are nested too deeply');
  checkSelectItself(select, place, isExists);
}

/** What is in a sub-select, or in one side of a UNION, which is on the level of the whole. */
function checkSelectItself(select: Node, outer: Place, isExists: boolean): void {
  const place = { ...outer, depth: outer.depth + 1 };
  count(place);
  requireFields(select, SELECT_FIELDS, 'a sub-select');
  checkExpressions(select.limitCount, place);
  checkExpressions(select.limitOffset, place);
  if (select.op === 'SETOP_NONE') checkPlainSelect(select, place, isExists);
  else checkSetOperation(select, place, isExists);
}

/** UNION, INTERSECT and EXCEPT: both sides are selects without a wrapper, which name nothing of each other. */
function checkSetOperation(select: Node, place: Place, isExists: boolean): void {
  for (const side of [select.larg, select.rarg]) {
    if (!isNode(side)) throw forbidden('a sub-select of this form is not allowed');
    checkSelectItself(side, place, isExists);
  }
  for (const item of listOf(select.sortClause)) {
    if (!isWholeNumber(asType(item, 'SortBy')?.node)) {
      throw forbidden('ORDER BY of a UNION takes numbers of columns only');
    }
  }
  checkSort(select.sortClause, place);
}

function checkPlainSelect(select: Node, outer: Place, isExists: boolean): void {
  const items: FromItem[] = [];
  const conditions: unknown[] = [];
  for (const item of listOf(select.fromClause)) readFrom(item, outer, { items, conditions });
  const place = { ...outer, scope: openScope(items, outer.scope) };
  checkExpressions(conditions, place);
  checkExpressions(select.whereClause, place);
  for (const target of listOf(select.targetList)) checkOutput(target, place, isExists);
  // DISTINCT alone is a list of one empty node.
  const distinct = listOf(select.distinctClause).filter(
    (item) => isNode(item) && Object.keys(item).length > 0,
  );
  checkExpressions(distinct, place);
  checkSort(select.sortClause, place);
}

function checkOutput(target: unknown, place: Place, isExists: boolean): void {
  const output = asType(target, 'ResTarget');
  if (!output) throw forbidden('a sub-select of this form is not allowed');
  requireFields(output, new Set(['name', 'val']), 'a sub-select');
  const fields = listOf(asType(output.val, 'ColumnRef')?.fields);
  const isStar = fields.length === 1 && asType(fields[0], 'A_Star') !== undefined;
  if (isStar && isExists) return;
  checkExpression(output.val, place);
}

function checkSort(list: unknown, place: Place): void {
  for (const item of listOf(list)) {
    const sort = asType(item, 'SortBy');
    if (!sort) throw forbidden('ORDER BY of this form is not allowed');
    requireFields(sort, new Set(['node', 'sortby_dir', 'sortby_nulls']), 'ORDER BY');
    checkExpression(sort.node, place);
  }
}

/** The tables and functions of FROM, and the expressions in it, which are checked when every item is known. */
interface From {
  items: FromItem[];
  conditions: unknown[];
}

function readFrom(value: unknown, outer: Place, from: From): void {
  const place = { ...outer, depth: outer.depth + 1 };
  count(place);
  const { type, node } = unwrap(value);
  if (type === 'JoinExpr') {
    requireFields(node, JOIN_FIELDS, 'a join');
    readFrom(node.larg, place, from);
    readFrom(node.rarg, place, from);
    if (node.quals !== undefined) from.conditions.push(node.quals);
    return;
  }
  place.counts.fromItems++;
  if (place.counts.fromItems > TARGET_LIMITS.fromItems) throw forbidden('too many tables');
  if (type === 'RangeVar') from.items.push(readTable(node));
  else if (type === 'RangeFunction') from.items.push(readFunction(node, from));
  else throw forbidden(`${type} is not allowed`);
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

function readTable(node: Node): FromItem {
  const table = String(node.relname);
  const isOurs = node.schemaname === undefined || node.schemaname === 'public';
  if (!isOurs || node.catalogname !== undefined) throw forbidden(`table ${table} is not allowed`);
  requireFields(node, new Set(['relname', 'schemaname', 'inh', 'relpersistence', 'alias']), 'FROM');
  return tableItem(table, readAlias(node.alias));
}

function readFunction(node: Node, from: From): FromItem {
  const [list, ...others] = listOf(node.functions);
  const [wrapped, columns] = listOf(asType(list, 'List')?.items);
  const call = asType(wrapped, 'FuncCall');
  if (!call || others.length > 0) throw forbidden('FROM of this form is not allowed');
  const { name, shown, isBuiltIn } = builtInName(call.funcname);
  const outputs = ROW_FUNCTIONS.get(name);
  if (!isBuiltIn || !outputs) throw forbidden(`function ${shown} is not allowed`);
  requireFields(node, new Set(['lateral', 'functions', 'alias']), 'FROM');
  requireFields(call, new Set(['funcname', 'args', 'funcformat']), 'FROM');
  if (isNode(columns) && Object.keys(columns).length > 0)
    throw forbidden('a column list in FROM is not allowed');
  from.conditions.push(...listOf(call.args));
  const alias = readAlias(node.alias) ?? name;
  return { name: alias, source: name, columns: new Set(outputs), isScalar: outputs.length <= 1 };
}

function readAlias(alias: unknown): string | undefined {
  if (!isNode(alias)) return undefined;
  requireFields(alias, new Set(['aliasname']), 'an alias');
  return String(alias.aliasname);
}
