import type { Expression, Requirement } from './expression.ts';
import { flatten, flattenApplicability } from './expression.ts';

/** A rule of another program, before it becomes a check. */
export interface SourceRule {
  /** Its id there, which names the file of the check. */
  id: string;
  title: string;
  /** A page to read. */
  url: string;
  /** Empty when the source says none. */
  level: string;
}

/** Which endpoints are asked, and who the rules are of. */
export interface Origin {
  target: string;
  author: string;
}

/** What a rule requires, and where it applies; or why it cannot be translated. */
export type Translation =
  | { applies: Expression | undefined; requires: Expression; notchecked?: undefined }
  | { notchecked: string };

/** A check as it is written into a file. */
export interface ConvertedCheck {
  id: string;
  /** Why it is not checked; undefined for a check that was translated. */
  notchecked: string | undefined;
  hasLevel: boolean;
  json: Record<string, unknown>;
}

/** What an operation can hold, and a reader of a check can follow. */
const MAX_OPERATIONS = 64;
const MAX_TITLE = 1024;
const MAX_REASON = 1024;
const SYNTAX_VERSION = 2;

/** Makes the action of a check from what a rule requires. */
export function convertedCheck(rule: SourceRule, translation: Translation, origin: Origin): ConvertedCheck {
  const operations = operationsOf(translation);
  const notchecked = typeof operations === 'string' ? operations : undefined;
  return {
    id: rule.id,
    notchecked,
    hasLevel: rule.level !== '',
    json: {
      name: rule.title.slice(0, MAX_TITLE),
      target: origin.target,
      description: { author: origin.author, ...(rule.url !== '' && { url: rule.url }) },
      threat: {
        ref: rule.id,
        ...(rule.level !== '' && { level: rule.level }),
        family: 'compliance',
        type: 'system',
      },
      ...(typeof operations === 'string'
        ? { operations: [], compliance: { notchecked: operations } }
        : operations),
      syntaxversion: SYNTAX_VERSION,
    },
  };
}

const NESTED = 'its conditions are nested deeper than a check can say';

/** The operations of a check with their expectations, or why there are none. */
function operationsOf(translation: Translation): Record<string, unknown> | string {
  if (translation.notchecked !== undefined) return translation.notchecked.slice(0, MAX_REASON);
  const flattened = flatten(translation.requires);
  const conditions = translation.applies === undefined ? [] : flattenApplicability(translation.applies);
  if (!flattened || !conditions) return NESTED;
  const parts = [...conditions, ...flattened.requirements];
  if (parts.length > MAX_OPERATIONS) return `it needs ${parts.length} questions`;
  return {
    operations: parts.map(toOperation),
    compliance: {
      expect: parts.map(({ expectation }) => expectation),
      ...(flattened.condition !== 'all' && { condition: flattened.condition }),
    },
  };
}

function toOperation({ questions }: Requirement): unknown {
  const [first] = questions;
  if (first?.module === 'pkg') {
    return { module: 'pkg', parameters: { pkgmatch: { matches: [packagePattern(first.name)] } } };
  }
  const searches = questions.flatMap((question, index) =>
    question.module === 'pkg' ? [] : [[`s${index + 1}`, question.search] as const],
  );
  return { module: first?.module, parameters: { searches: Object.fromEntries(searches) } };
}

/** The module shows the architecture after the name of a package that may be installed for several. */
function packagePattern(name: string): string {
  return `^${name.replace(/[.+]/g, '\\$&')}(:|$)`;
}
