/** What stands for an expression whose value is not known. No rule has this character of the private use area. */
export const UNKNOWN = '\uE000';

/** The variables that conditions may ask about. */
export type JinjaVariables = ReadonlyMap<string, string | readonly string[]>;

/** The text with its conditions decided; or why it cannot be read. */
export type Rendered = { text: string; problem?: undefined } | { problem: string };

/**
 * Decides the plain conditions of a template of ComplianceAsCode, such as `{{% if "ubuntu" in product %}}`. The values of all
 * other expressions become `UNKNOWN`. What it cannot decide is a problem: nothing is guessed.
 */
export function renderJinja(template: string, variables: JinjaVariables): Rendered {
  const known = new Map(variables);
  const stack: Branch[] = [];
  let text = '';
  let end = 0;
  for (const match of template.matchAll(TAG)) {
    const isShown = stack.every(({ isShown }) => isShown);
    if (isShown) text += template.slice(end, match.index);
    end = match.index + match[0].length;
    const [, statement, expression] = match;
    if (statement !== undefined) {
      const problem = applyStatement(statement.trim(), { stack, known, isShown });
      if (problem !== undefined) return { problem };
    } else if (expression !== undefined && isShown) text += valueText(expression.trim(), known);
  }
  if (stack.length > 0) return { problem: 'a Jinja condition has no end' };
  return { text: text + template.slice(end) };
}

const TAG = /\{\{%-?([\s\S]*?)-?%\}\}|\{\{\{([\s\S]*?)\}\}\}|\{\{#[\s\S]*?#\}\}/g;

interface Branch {
  isShown: boolean;
  /** Whether this branch or one before it was taken. */
  isDecided: boolean;
}

interface Statements {
  stack: Branch[];
  known: Map<string, Value>;
  isShown: boolean;
}

/** Returns what cannot be decided. */
function applyStatement(statement: string, { stack, known, isShown }: Statements): string | undefined {
  const [, word = '', rest = ''] = /^(\w+)\s*([\s\S]*)$/.exec(statement) ?? [];
  const branch = stack.at(-1);
  const outer = stack.slice(0, -1).every((one) => one.isShown);
  if (word === 'if') {
    const holds = isShown ? truthOf(rest, known) : false;
    if (holds === undefined) return undecided(rest);
    stack.push({ isShown: holds, isDecided: holds });
    return undefined;
  }
  if (word === 'set') {
    const [, name, value] = /^(\w+)\s*=\s*([\s\S]+)$/.exec(rest) ?? [];
    if (name === undefined || value === undefined) return undecided(statement);
    if (!isShown) return undefined;
    const evaluated = evaluate(value, known);
    if (evaluated === undefined) known.delete(name);
    else known.set(name, evaluated);
    return undefined;
  }
  if (!branch) return undecided(statement);
  if (word === 'endif') {
    stack.pop();
    return undefined;
  }
  if (word === 'else' || word === 'elif') {
    const isOpen = outer && !branch.isDecided;
    const holds = isOpen && word === 'elif' ? truthOf(rest, known) : isOpen;
    if (holds === undefined) return undecided(rest);
    branch.isShown = holds;
    branch.isDecided ||= holds;
    return undefined;
  }
  return undecided(statement);
}

function undecided(statement: string): string {
  return `its Jinja is not plain: ${statement.replaceAll(/\s+/g, ' ').slice(0, 80)}`;
}

/** A macro that writes something for RHEL 8 only. */
const WITHOUT_TEXT = /^rule_notapplicable_when_ovirt_installed\(\)/;

function valueText(expression: string, known: ReadonlyMap<string, Value>): string {
  if (WITHOUT_TEXT.test(expression)) return '';
  const value = evaluate(expression, known);
  return typeof value === 'string' ? value : UNKNOWN;
}

type Value = string | readonly string[] | boolean;

function truthOf(text: string, known: ReadonlyMap<string, Value>): boolean | undefined {
  const value = evaluate(text, known);
  return value === undefined ? undefined : isTrue(value);
}

/** The value of an expression; undefined for one that is not plain. */
function evaluate(text: string, known: ReadonlyMap<string, Value>): Value | undefined {
  if (text.length > MAX_EXPRESSION) return undefined;
  const parser = { tokens: [...(text.match(TOKEN) ?? [])], known };
  const value = readOr(parser);
  return parser.tokens.length === 0 ? value : undefined;
}

/** Longer than every condition there is, and short enough for any number of parentheses. */
const MAX_EXPRESSION = 2000;
const TOKEN = /"[^"\\]*"|'[^'\\]*'|==|!=|[()[\],]|\w+|[^\s\w]/g;

interface Parser {
  tokens: string[];
  known: ReadonlyMap<string, Value>;
}

/** Python's `or`: what is not known decides nothing, unless the other side does. */
function readOr(parser: Parser): Value | undefined {
  let value = readAnd(parser);
  while (take(parser, 'or')) {
    const other = readAnd(parser);
    value =
      isTrue(value) || isTrue(other) ? true : value === undefined || other === undefined ? undefined : false;
  }
  return value;
}

function readAnd(parser: Parser): Value | undefined {
  let value = readNot(parser);
  while (take(parser, 'and')) {
    const other = readNot(parser);
    const isFalse = (one: Value | undefined) => one !== undefined && !isTrue(one);
    value =
      isFalse(value) || isFalse(other)
        ? false
        : value === undefined || other === undefined
          ? undefined
          : true;
  }
  return value;
}

function isTrue(value: Value | undefined): boolean {
  return value !== undefined && value !== false && (value === true || value.length > 0);
}

function readNot(parser: Parser): Value | undefined {
  if (!take(parser, 'not')) return readComparison(parser);
  const value = readNot(parser);
  return value === undefined ? undefined : !isTrue(value);
}

function readComparison(parser: Parser): Value | undefined {
  const left = readPrimary(parser);
  const [first, second] = parser.tokens;
  if (first === '==' || first === '!=') {
    parser.tokens.shift();
    const right = readPrimary(parser);
    if (typeof left !== 'string' || typeof right !== 'string') return undefined;
    return (left === right) === (first === '==');
  }
  const isNegated = first === 'not' && second === 'in';
  if (first !== 'in' && !isNegated) return left;
  parser.tokens.splice(0, isNegated ? 2 : 1);
  const right = readPrimary(parser);
  if (typeof left !== 'string' || right === undefined || typeof right === 'boolean') return undefined;
  return right.includes(left) !== isNegated;
}

function readPrimary(parser: Parser): Value | undefined {
  const token = parser.tokens.shift();
  if (token === undefined) return undefined;
  if (/^["']/.test(token)) return token.slice(1, -1);
  if (token === '(') {
    const value = readOr(parser);
    return take(parser, ')') ? value : undefined;
  }
  if (token === '[') return readList(parser);
  if (!/^[A-Za-z_]\w*$/.test(token)) return undefined;
  // A call or an attribute of what is known is not known.
  return ['(', '.', '[', '|', '~'].includes(parser.tokens[0] ?? '') ? undefined : parser.known.get(token);
}

function readList(parser: Parser): readonly string[] | undefined {
  const items: string[] = [];
  while (!take(parser, ']')) {
    const item = readPrimary(parser);
    if (typeof item !== 'string') return undefined;
    items.push(item);
    if (parser.tokens[0] !== ']' && !take(parser, ',')) return undefined;
  }
  return items;
}

function take({ tokens }: Parser, token: string): boolean {
  if (tokens[0] !== token) return false;
  tokens.shift();
  return true;
}
