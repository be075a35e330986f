import { TARGET_LIMITS } from './allow-list.ts';
import { readFrom } from './from.ts';
import {
  asType,
  forbidden,
  isNode,
  isWholeNumber,
  listOf,
  type Node,
  requireFields,
  unwrap,
} from './node.ts';
import {
  checkArray,
  checkCall,
  checkCast,
  checkClockValue,
  checkColumn,
  checkConstant,
  checkIndirection,
  checkOperation,
  checkSubLinkOperator,
} from './node-checks.ts';
import { escapedPattern } from './patterns.ts';
import { type Counts, descend, type Position } from './position.ts';
import { openScope, tableItem } from './scope.ts';

/** Walks a condition over a table; refuses every node, field and name that is not on the allow-list. */
export function checkCondition(table: string, condition: unknown): { namesStatus: boolean } {
  const counts: Counts = { nodes: 0, fromItems: 0, namesStatus: false };
  const scope = openScope([tableItem(table, undefined)], undefined);
  checkExpression(condition, { scope, depth: 0, selects: 0, counts });
  return { namesStatus: counts.namesStatus };
}

/** A kind of node. A field that is in neither list is refused. */
interface Kind {
  /** Fields with expressions, which the walk descends into. */
  expressions: readonly string[];
  /** Other fields, for `check`. */
  plain?: readonly string[];
  check?: (node: Node, position: Position) => void;
}

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries<Kind>({
    A_ArrayExpr: {
      expressions: ['elements'],
      plain: ['list_start', 'list_end'],
      check: checkArray,
    },
    A_Const: {
      expressions: [],
      plain: ['ival', 'fval', 'sval', 'boolval', 'isnull'],
      check: checkConstant,
    },
    A_Expr: {
      expressions: ['lexpr'],
      plain: ['kind', 'name', 'rexpr', 'rexpr_list_start', 'rexpr_list_end'],
      check(node, position) {
        checkOperation(node);
        checkExpressions(rightSide(node.rexpr), position);
      },
    },
    A_Indices: {
      expressions: ['lidx', 'uidx'],
      plain: ['is_slice'],
    },
    A_Indirection: {
      expressions: ['arg', 'indirection'],
      check: checkIndirection,
    },
    BoolExpr: {
      expressions: ['args'],
      plain: ['boolop'],
    },
    BooleanTest: {
      expressions: ['arg'],
      plain: ['booltesttype'],
    },
    CaseExpr: {
      expressions: ['arg', 'args', 'defresult'],
    },
    CaseWhen: {
      expressions: ['expr', 'result'],
    },
    CoalesceExpr: {
      expressions: ['args'],
    },
    ColumnRef: {
      expressions: [],
      plain: ['fields'],
      check: checkColumn,
    },
    FuncCall: {
      expressions: ['args'],
      plain: ['funcname', 'funcformat'],
      check: checkCall,
    },
    MinMaxExpr: {
      expressions: ['args'],
      plain: ['op'],
    },
    NullTest: {
      expressions: ['arg'],
      plain: ['nulltesttype'],
    },
    SQLValueFunction: {
      expressions: [],
      plain: ['op', 'typmod'],
      check: checkClockValue,
    },
    SubLink: {
      expressions: ['testexpr'],
      plain: ['subLinkType', 'operName', 'subselect'],
      check: checkSubLink,
    },
    TypeCast: {
      expressions: ['arg'],
      plain: ['typeName'],
      check: checkCast,
    },
  }),
);

function checkExpression(value: unknown, parent: Position): void {
  const { type, node } = unwrap(value);
  const kind = KINDS.get(type);
  if (!kind) throw forbidden(`${type} is not allowed`);
  const position = descend(parent);
  kind.check?.(node, position);
  const { expressions, plain = [] } = kind;
  requireFields(node, new Set([...expressions, ...plain]), type);
  for (const field of expressions) checkExpressions(node[field], position);
}

/** One expression, a list of them, or none. */
function checkExpressions(value: unknown, position: Position): void {
  if (value === undefined) return;
  for (const item of Array.isArray(value) ? value : [value]) checkExpression(item, position);
}

/** The operand of an operation: one expression, the list of IN, or the arguments of LIKE with ESCAPE. */
function rightSide(value: unknown): unknown {
  const list = asType(value, 'List');
  return list ? list.items : (escapedPattern(value) ?? value);
}

/** EXISTS, IN, ANY, ALL and a single value; not ARRAY, which collects. */
function checkSubLink(node: Node, position: Position): void {
  const type = String(node.subLinkType);
  if (!/^(EXISTS|ANY|ALL|EXPR)_SUBLINK$/.test(type)) throw forbidden(`${type} is not allowed`);
  if (node.operName !== undefined) checkSubLinkOperator(node.operName);
  const select = asType(node.subselect, 'SelectStmt');
  if (!select) throw forbidden('a sub-select of this form is not allowed');
  const selects = position.selects + 1;
  if (selects > TARGET_LIMITS.selects) throw forbidden('sub-selects are nested too deeply');
  checkSelect({ select, allowsStar: type === 'EXISTS_SUBLINK' }, { ...position, selects });
}

/** A sub-select, or one side of a UNION, INTERSECT or EXCEPT. */
interface SubSelect {
  select: Node;
  /** `SELECT *`, which reads no column. */
  allowsStar: boolean;
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

function checkSelect(subSelect: SubSelect, parent: Position): void {
  const position = descend(parent);
  const { select } = subSelect;
  requireFields(select, SELECT_FIELDS, 'a sub-select');
  checkExpressions(select.limitCount, position);
  checkExpressions(select.limitOffset, position);
  if (select.op === 'SETOP_NONE') checkPlainSelect(subSelect, position);
  else checkSetOperation(subSelect, position);
}

/** UNION, INTERSECT and EXCEPT: both sides are selects without a wrapper, and neither sees the names of the other. */
function checkSetOperation({ select, allowsStar }: SubSelect, position: Position): void {
  for (const side of [select.larg, select.rarg]) {
    if (!isNode(side)) throw forbidden('a sub-select of this form is not allowed');
    checkSelect({ select: side, allowsStar }, position);
  }
  for (const item of listOf(select.sortClause)) {
    if (!isWholeNumber(asType(item, 'SortBy')?.node)) {
      throw forbidden('ORDER BY of a UNION accepts only column numbers');
    }
  }
  checkSort(select.sortClause, position);
}

function checkPlainSelect({ select, allowsStar }: SubSelect, outer: Position): void {
  const { items, expressions } = readFrom(select.fromClause, outer);
  const position = { ...outer, scope: openScope(items, outer.scope) };
  checkExpressions(expressions, position);
  checkExpressions(select.whereClause, position);
  for (const target of listOf(select.targetList)) {
    const value = outputOf(target);
    if (!(allowsStar && isStar(value))) checkExpression(value, position);
  }
  checkExpressions(listOf(select.distinctClause).filter(isDistinctOn), position);
  checkSort(select.sortClause, position);
}

/** The expression of an output column. */
function outputOf(target: unknown): unknown {
  const output = asType(target, 'ResTarget');
  if (!output) throw forbidden('a sub-select of this form is not allowed');
  requireFields(output, new Set(['name', 'val']), 'a sub-select');
  return output.val;
}

function isStar(value: unknown): boolean {
  const fields = listOf(asType(value, 'ColumnRef')?.fields);
  return fields.length === 1 && asType(fields[0], 'A_Star') !== undefined;
}

/** DISTINCT alone is a list of one empty node. */
function isDistinctOn(item: unknown): boolean {
  return isNode(item) && Object.keys(item).length > 0;
}

function checkSort(list: unknown, position: Position): void {
  for (const item of listOf(list)) {
    const sort = asType(item, 'SortBy');
    if (!sort) throw forbidden('ORDER BY of this form is not allowed');
    requireFields(sort, new Set(['node', 'sortby_dir', 'sortby_nulls']), 'ORDER BY');
    checkExpression(sort.node, position);
  }
}
