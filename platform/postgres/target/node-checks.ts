import {
  CASTS,
  CLOCK_VALUES,
  FUNCTIONS,
  OPERATION_KINDS,
  OPERATORS,
  PATTERN_OPERATORS,
  PRODUCT_OPERATORS,
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
} from './node.ts';
import { checkPattern } from './patterns.ts';
import type { Position } from './position.ts';
import { requireColumn, requireColumnOf } from './scope.ts';

// Checks of single nodes, without their children. Each refuses by name.

export function checkConstant(node: Node): void {
  const number = isNode(node.fval) ? String(node.fval.fval) : '';
  if (number.length > TARGET_LIMITS.numberCharacters || hasHugeExponent(number)) {
    throw forbidden('a number is too long');
  }
}

/** Nine characters that Postgres writes out as a hundred thousand digits. */
function hasHugeExponent(text: string): boolean {
  return /[\d.]e[+-]?\d{4}/i.test(text);
}

export function checkArray(node: Node): void {
  if (!listOf(node.elements).every(isConstant)) {
    throw forbidden('an array of anything but constants is not allowed');
  }
}

export function checkColumn(node: Node, { scope, counts }: Position): void {
  const names = listOf(node.fields).map((field) => asType(field, 'String')?.sval);
  const [first, second, ...more] = names;
  if (names.some((name) => typeof name !== 'string') || more.length > 0) {
    throw forbidden('a whole row is not allowed, nor more than one dot');
  }
  if (second === undefined) requireColumn(String(first), scope);
  else requireColumnOf(String(first), String(second), scope);
  if (names.at(-1) === 'status') counts.namesStatus = true;
}

export function checkIndirection(node: Node): void {
  const isIndexed = listOf(node.indirection).every((part) => asType(part, 'A_Indices') !== undefined);
  if (!isIndexed) throw forbidden('(…).name is not allowed, because it may call a function');
}

export function checkClockValue(node: Node): void {
  const op = String(node.op);
  if (!CLOCK_VALUES.has(op)) throw forbidden(`${op.replace(/^SVFOP_/, '')} is not allowed`);
}

export function checkCall(node: Node): void {
  const { name, shown, isBuiltIn } = builtInName(node.funcname);
  if (!isBuiltIn || !FUNCTIONS.has(name)) throw forbidden(`function ${shown} is not allowed`);
  // With a text as a later argument they match a regular expression.
  const isPlain = listOf(node.args).slice(1).every(isWholeNumber);
  if (/^substr(ing)?$/.test(name) && !isPlain) throw forbidden(`${name} accepts only whole numbers`);
}

export function checkCast(node: Node): void {
  const type = isNode(node.typeName) ? node.typeName : {};
  const { name, shown, isBuiltIn } = builtInName(type.names);
  const hasModifier = CASTS.get(name);
  if (!isBuiltIn || hasModifier === undefined) throw forbidden(`cast to ${shown} is not allowed`);
  requireFields(type, new Set(['names', 'typmods', 'typemod', 'arrayBounds']), `a cast to ${name}`);
  if (type.typmods !== undefined && !hasModifier) {
    throw forbidden(`cast to ${name} with a size is not allowed`);
  }
  if (!listOf(type.typmods).every(isWholeNumber) || listOf(type.arrayBounds).length > 1) {
    throw forbidden(`cast to ${name} of this form is not allowed`);
  }
  const text = constantText(node.arg);
  if (text !== undefined && /^(numeric|jsonb?)$/.test(name) && hasHugeExponent(text)) {
    throw forbidden('a number is too long');
  }
}

export function checkOperation(node: Node): void {
  if (!OPERATION_KINDS.has(String(node.kind))) throw forbidden(`${String(node.kind)} is not allowed`);
  const operator = requireOperator(node.name);
  if (PATTERN_OPERATORS.has(operator)) checkPattern(node.rexpr);
  if (PRODUCT_OPERATORS.has(operator) && !isWholeNumber(node.lexpr) && !isWholeNumber(node.rexpr)) {
    throw forbidden(`one side of ${operator} must be a whole number`);
  }
}

/** The operator between an expression and a sub-select, whose values are not known. */
export function checkSubLinkOperator(path: unknown): void {
  const operator = requireOperator(path);
  if (PATTERN_OPERATORS.has(operator)) throw forbidden('a regular expression must be a constant');
  if (PRODUCT_OPERATORS.has(operator)) throw forbidden(`one side of ${operator} must be a whole number`);
}

function requireOperator(path: unknown): string {
  const { name, shown, isBuiltIn } = builtInName(path);
  if (!isBuiltIn || !OPERATORS.has(name)) throw forbidden(`operator ${shown} is not allowed`);
  return name;
}
