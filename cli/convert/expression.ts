import type { Condition, Expectation } from '../../contract/rules/verdict.ts';

/** What a module is asked: it finds something, or it does not. */
export type Question =
  | { module: 'file' | 'process'; search: Readonly<Record<string, unknown>> }
  | { module: 'pkg'; name: string };

/** A condition of another program's rule, made of questions. */
export type Expression =
  | { type: 'found'; question: Question }
  | { type: 'not'; of: Expression }
  | { type: 'all' | 'any'; of: readonly Expression[] };

/** An operation of a check, before it has the form of an action. */
export interface Requirement {
  expectation: Expectation;
  questions: readonly Question[];
}

/** The requirements of a check, and how many of them must be met. */
export interface Flattened {
  condition: Condition;
  requirements: readonly Requirement[];
}

export const found = (question: Question): Expression => ({ type: 'found', question });
export const not = (of: Expression): Expression => ({ type: 'not', of });
export const all = (...of: readonly Expression[]): Expression => ({ type: 'all', of });
export const any = (...of: readonly Expression[]): Expression => ({ type: 'any', of });

/**
 * Writes an expression as requirements of which all, one or none must be met. Undefined where none of the three says the
 * same: a check has no conditions within conditions.
 */
export function flatten(expression: Expression): Flattened | undefined {
  const node = normalise(expression, false);
  const literals = node.type === 'literal' ? [node] : node.type === 'all' ? allLiterals(node.of) : undefined;
  if (literals) return { condition: 'all', requirements: literals.map(toRequirement) };
  if (node.type === 'any') return flattenParts('any', 'all', node.of);
  // All of some alternatives: none of their opposites may be met.
  return node.type === 'all' ? flattenParts('none', 'any', node.of) : undefined;
}

/** As `flatten`, of where a check applies: every part is a question of its own. */
export function flattenApplicability(expression: Expression): Requirement[] | undefined {
  const flattened = flatten(expression);
  if (flattened?.condition !== 'all') return undefined;
  return flattened.requirements.map(({ expectation, questions }) => ({
    expectation: expectation === 'absent' ? 'unless' : 'applies',
    questions,
  }));
}

interface Literal {
  type: 'literal';
  isNegated: boolean;
  question: Question;
}
type Node = Literal | { type: 'all' | 'any'; of: readonly Node[] };

/** Moves negations to the questions, and joins a part with its owner where both say the same word. */
function normalise(expression: Expression, isNegated: boolean): Node {
  if (expression.type === 'found') return { type: 'literal', isNegated, question: expression.question };
  if (expression.type === 'not') return normalise(expression.of, !isNegated);
  const type = isNegated === (expression.type === 'all') ? 'any' : 'all';
  const parts = expression.of
    .map((part) => normalise(part, isNegated))
    .flatMap((part) => (part.type === type ? part.of : [part]));
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { type, of: parts };
}

function flattenParts(
  condition: 'any' | 'none',
  inner: 'all' | 'any',
  parts: readonly Node[],
): Flattened | undefined {
  const requirements = parts.map((part) => {
    if (part.type !== 'literal' && part.type !== inner) return undefined;
    const literals = part.type === 'literal' ? [part] : allLiterals(part.of);
    if (!literals) return undefined;
    const opposites = literals.map((literal) => ({ ...literal, isNegated: !literal.isNegated }));
    return joinLiterals(condition === 'none' ? opposites : literals);
  });
  if (requirements.length === 0 || !requirements.every((one) => one !== undefined)) return undefined;
  return { condition, requirements };
}

/** One operation for literals that must all be true: of one module, with its searches, and of one sign. */
function joinLiterals(literals: readonly Literal[]): Requirement | undefined {
  const [first] = literals;
  if (!first) return undefined;
  const { module } = first.question;
  const isAlike = literals.every(
    ({ isNegated, question }) => isNegated === first.isNegated && question.module === module,
  );
  if (literals.length > 1 && (!isAlike || module === 'pkg')) return undefined;
  return {
    expectation: first.isNegated ? 'absent' : 'found',
    questions: literals.map(({ question }) => question),
  };
}

function allLiterals(nodes: readonly Node[]): Literal[] | undefined {
  const literals = nodes.filter((node) => node.type === 'literal');
  return literals.length === nodes.length && literals.length > 0 ? literals : undefined;
}

function toRequirement({ isNegated, question }: Literal): Requirement {
  return { expectation: isNegated ? 'absent' : 'found', questions: [question] };
}
