import type { Token } from './tokens.ts';

/** What is known of a file that no single scan can see. */
export interface FileFacts {
  bytes: number;
  /** Where a pattern was found, by its number in the rule. Not all places are known once there are too many. */
  found(pattern: number): { offsets: readonly number[]; isComplete: boolean };
  /** Reads an integer, as `uint16be`; undefined beyond the end. */
  readInteger(type: string, offset: number): number | undefined;
  /** The outcome of a rule before this one. */
  rule(name: string): boolean | undefined;
}

/** Returns undefined when the facts do not decide it. */
export type Condition = (facts: FileFacts) => boolean | undefined;
type Value = (facts: FileFacts) => number | undefined;

const UNKNOWN: Condition = () => undefined;
const INTEGER = /^u?int(?:8|16|32)(?:be)?$/;
const COMPARISONS = new Map<string, (one: number, other: number) => boolean>([
  ['==', (one, other) => one === other],
  ['!=', (one, other) => one !== other],
  ['<', (one, other) => one < other],
  ['<=', (one, other) => one <= other],
  ['>', (one, other) => one > other],
  ['>=', (one, other) => one >= other],
]);
/** Deeper parentheses are unknown: a stack has its limits. */
const MAX_DEPTH = 200;

/**
 * Parses the condition of a rule: patterns, their number and place, the size, integers at fixed places, other rules. An
 * operand of `and` or `or` that has anything else is unknown, and the condition may be decided without it.
 */
export function parseCondition(tokens: readonly Token[], patterns: readonly string[]): Condition {
  return new Parser(tokens, patterns).parse();
}

/** The state of a parse: the next token, and how deep it is. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #patterns: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], patterns: readonly string[]) {
    this.#tokens = tokens;
    this.#patterns = patterns;
  }

  parse(): Condition {
    const condition = this.#either();
    return this.#at === this.#tokens.length ? condition : UNKNOWN;
  }

  #text(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead]?.text;
  }

  #kind(): Token['kind'] | undefined {
    return this.#tokens[this.#at]?.kind;
  }

  #take(expected: string): boolean {
    if (this.#text() !== expected) return false;
    this.#at++;
    return true;
  }

  #either(): Condition {
    const operands = [this.#both()];
    while (this.#take('or')) operands.push(this.#both());
    return (facts) => decide(operands, { facts, decisive: true });
  }

  #both(): Condition {
    const operands = [this.#operand()];
    while (this.#take('and')) operands.push(this.#operand());
    return (facts) => decide(operands, { facts, decisive: false });
  }

  #operand(): Condition {
    const start = this.#at;
    this.#depth++;
    const known = this.#depth > MAX_DEPTH ? undefined : this.#knownOperand();
    this.#depth--;
    if (known && this.#isOperandOver()) return known;
    this.#at = start;
    this.#skipOperand();
    return UNKNOWN;
  }

  #isOperandOver(): boolean {
    return this.#at >= this.#tokens.length || ['and', 'or', ')'].includes(this.#text() ?? '');
  }

  #skipOperand(): void {
    let depth = 0;
    while (this.#at < this.#tokens.length) {
      if (depth === 0 && this.#isOperandOver()) return;
      if (this.#text() === '(' || this.#text() === '[') depth++;
      if (this.#text() === ')' || this.#text() === ']') depth--;
      this.#at++;
    }
  }

  #knownOperand(): Condition | undefined {
    if (this.#take('not')) {
      const inner = this.#operand();
      return (facts) => negate(inner(facts));
    }
    if (this.#take('(')) {
      const inner = this.#either();
      return this.#take(')') ? inner : undefined;
    }
    if (this.#take('true')) return () => true;
    if (this.#take('false')) return () => false;
    if (this.#text(1) === 'of') return this.#someOf();
    if (this.#kind() === 'pattern' && this.#text()?.startsWith('$')) return this.#onePattern();
    return this.#comparison() ?? this.#otherRule();
  }

  #someOf(): Condition | undefined {
    const least = leastOf(this.#text() ?? '');
    this.#at += 2;
    const set = this.#patternSet();
    if (least === undefined || set === undefined) return undefined;
    return (facts) => {
      const count = set.filter((pattern) => isFound(facts, pattern)).length;
      return least === 0 ? count === 0 : count >= (least === 'all' ? set.length : least);
    };
  }

  /** The numbers of the patterns of `them`, or `($a, $b*)`. */
  #patternSet(): number[] | undefined {
    if (this.#take('them')) return this.#patterns.map((_, index) => index);
    if (!this.#take('(')) return undefined;
    const chosen: number[] = [];
    do {
      const name = this.#text() ?? '';
      if (this.#kind() !== 'pattern' || !name.startsWith('$')) return undefined;
      this.#at++;
      const fits = (one: string) => (name.endsWith('*') ? one.startsWith(name.slice(0, -1)) : one === name);
      chosen.push(...this.#patterns.flatMap((one, index) => (fits(one) ? [index] : [])));
    } while (this.#take(','));
    return this.#take(')') ? chosen : undefined;
  }

  #onePattern(): Condition | undefined {
    const pattern = this.#patternNumber('$');
    if (pattern === undefined) return undefined;
    if (this.#take('at')) return this.#placeAt(pattern);
    if (this.#take('in')) return this.#between(pattern);
    return (facts) => isFound(facts, pattern);
  }

  #placeAt(pattern: number): Condition | undefined {
    const place = this.#value();
    return place && ((facts) => isFoundIn(facts, pattern, [place(facts), place(facts)]));
  }

  #between(pattern: number): Condition | undefined {
    if (!this.#take('(')) return undefined;
    const from = this.#value();
    if (!this.#take('..')) return undefined;
    const to = this.#value();
    if (!this.#take(')') || from === undefined || to === undefined) return undefined;
    return (facts) => isFoundIn(facts, pattern, [from(facts), to(facts)]);
  }

  #comparison(): Condition | undefined {
    const start = this.#at;
    const one = this.#value();
    const compare = COMPARISONS.get(this.#text() ?? '');
    if (one === undefined || compare === undefined) {
      this.#at = start;
      return undefined;
    }
    this.#at++;
    const other = this.#value();
    if (other === undefined) return undefined;
    return (facts) => {
      const [left, right] = [one(facts), other(facts)];
      return left === undefined || right === undefined ? undefined : compare(left, right);
    };
  }

  /** A sum, whose terms are constants, the size, counts and integers of the file. */
  #value(): Value | undefined {
    let sum = this.#term();
    while (sum && ['+', '-'].includes(this.#text() ?? '')) {
      const factor = this.#text() === '+' ? 1 : -1;
      this.#at++;
      sum = plus(sum, this.#term(), factor);
    }
    return sum;
  }

  #term(): Value | undefined {
    if (this.#take('filesize')) return ({ bytes }) => bytes;
    const constant = this.#numberToken();
    if (constant !== undefined) return () => constant;
    if (this.#kind() === 'pattern') return this.#countOf();
    const type = this.#text() ?? '';
    if (!INTEGER.test(type) || this.#text(1) !== '(') return undefined;
    this.#at += 2;
    const offset = this.#numberToken();
    if (offset === undefined || !this.#take(')')) return undefined;
    return (facts) => facts.readInteger(type, offset);
  }

  #countOf(): Value | undefined {
    const pattern = this.#patternNumber('#');
    if (pattern === undefined) return undefined;
    return (facts) => {
      const { offsets, isComplete } = facts.found(pattern);
      return isComplete ? offsets.length : undefined;
    };
  }

  /** The number of a pattern that is named as `$a` or `#a`. */
  #patternNumber(sign: string): number | undefined {
    const name = this.#text() ?? '';
    if (name.length < 2 || !name.startsWith(sign)) return undefined;
    const index = this.#patterns.indexOf(`$${name.slice(1)}`);
    this.#at++;
    return index < 0 ? undefined : index;
  }

  #numberToken(): number | undefined {
    if (this.#kind() !== 'number') return undefined;
    const read = number(this.#text() ?? '');
    this.#at++;
    return read;
  }

  #otherRule(): Condition | undefined {
    const name = this.#text() ?? '';
    if (this.#kind() !== 'word') return undefined;
    this.#at++;
    return (facts) => facts.rule(name);
  }
}

/** Of `or` a true operand decides, of `and` a false one. Otherwise one that is unknown leaves it open. */
function decide(
  operands: readonly Condition[],
  { facts, decisive }: { facts: FileFacts; decisive: boolean },
): boolean | undefined {
  const outcomes = operands.map((operand) => operand(facts));
  if (outcomes.includes(decisive)) return decisive;
  return outcomes.includes(undefined) ? undefined : !decisive;
}

function negate(outcome: boolean | undefined): boolean | undefined {
  return outcome === undefined ? undefined : !outcome;
}

function isFound(facts: FileFacts, pattern: number): boolean {
  return facts.found(pattern).offsets.length > 0;
}

function isFoundIn(
  facts: FileFacts,
  pattern: number,
  [from, to]: readonly [number | undefined, number | undefined],
): boolean | undefined {
  if (from === undefined || to === undefined) return undefined;
  const { offsets, isComplete } = facts.found(pattern);
  if (offsets.some((offset) => offset >= from && offset <= to)) return true;
  return isComplete ? false : undefined;
}

function plus(one: Value, other: Value | undefined, factor: 1 | -1): Value | undefined {
  if (other === undefined) return undefined;
  return (facts) => {
    const [left, right] = [one(facts), other(facts)];
    return left === undefined || right === undefined ? undefined : left + factor * right;
  };
}

/** How many patterns a quantifier asks for; none is asked for as 0. */
function leastOf(quantifier: string): number | 'all' | undefined {
  if (quantifier === 'all') return 'all';
  if (quantifier === 'any') return 1;
  return quantifier === 'none' ? 0 : number(quantifier);
}

/** Returns undefined for a fraction, and for more than a number can express exactly. */
function number(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(.*?)(KB|MB)?$/.exec(text.replaceAll('_', '')) ?? [];
  const factor = unit === 'KB' ? 1024 : unit === 'MB' ? 1024 ** 2 : 1;
  const read = digits === '' ? Number.NaN : Number(digits) * factor;
  return Number.isSafeInteger(read) ? read : undefined;
}
