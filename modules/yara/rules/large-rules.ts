import { type Condition, type FileFacts, parseCondition } from './condition.ts';
import { parseRules, type Rule } from './parse-rules.ts';
import type { Token } from './tokens.ts';

/** Where the patterns of rules were found in a file, by the name of the rule, then by pattern. */
type FoundPatterns = ReadonlyMap<string, readonly FoundPattern[]>;

export interface FoundPattern {
  offsets: readonly number[];
  isComplete: boolean;
}

/** Rules for files that are too large for one scan: patterns are searched in windows, then conditions are evaluated here. */
export interface LargeRules {
  /** Rules of the same names that match when any of their patterns does; empty when no rule has a pattern. */
  collector: string;
  /** The names of rules that count matches, or ask for one by its number. */
  counting: ReadonlySet<string>;
  /** The names of the rules that match, and of those that only a scan of the whole file could decide. */
  evaluate(
    found: FoundPatterns,
    file: Pick<FileFacts, 'bytes' | 'readInteger'>,
  ): { matched: string[]; undecided: string[] };
}

const NOT_FOUND: FoundPattern = { offsets: [], isComplete: true };

/** Returns undefined for rules with a syntax that is not known here. */
export function createLargeRules(source: string): LargeRules | undefined {
  const rules = parseRules(source)?.map((rule) => ({
    ...rule,
    isTrue: parseCondition(rule.condition, rule.patterns),
  }));
  if (rules === undefined) return undefined;
  return {
    collector: rules
      .filter(({ patterns }) => patterns.length > 0)
      .map(({ name, strings }) => `rule ${name} { strings: ${strings}\ncondition: any of them }`)
      .join('\n'),
    counting: new Set(rules.filter(({ condition }) => condition.some(isCount)).map(({ name }) => name)),
    evaluate(found, file) {
      const outcomes = evaluateAll(rules, found, file);
      const shown = rules.filter(({ isPrivate }) => !isPrivate).map(({ name }) => name);
      return {
        matched: shown.filter((name) => outcomes.get(name) === true),
        undecided: shown.filter((name) => outcomes.get(name) === undefined),
      };
    },
  };
}

function isCount({ kind, text }: Token): boolean {
  return kind === 'pattern' && !text.startsWith('$');
}

function evaluateAll(
  rules: readonly (Rule & { isTrue: Condition })[],
  found: FoundPatterns,
  file: Pick<FileFacts, 'bytes' | 'readInteger'>,
): Map<string, boolean | undefined> {
  const outcomes = new Map<string, boolean | undefined>();
  for (const { name, isTrue } of rules) {
    const facts: FileFacts = {
      ...file,
      found: (pattern) => found.get(name)?.[pattern] ?? NOT_FOUND,
      rule: (other) => outcomes.get(other),
    };
    outcomes.set(name, isTrue(facts));
  }
  return withGlobals(rules, outcomes);
}

/** No rule matches unless all global rules do. */
function withGlobals(
  rules: readonly Rule[],
  outcomes: Map<string, boolean | undefined>,
): Map<string, boolean | undefined> {
  const globals = rules.filter(({ isGlobal }) => isGlobal).map(({ name }) => outcomes.get(name));
  if (globals.includes(false)) return new Map(rules.map(({ name }) => [name, false]));
  if (!globals.includes(undefined)) return outcomes;
  return new Map([...outcomes].map(([name, outcome]) => [name, outcome === true ? undefined : outcome]));
}
