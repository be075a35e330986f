/**
 * What the answer of an operation must be. `applies`: what the check is about is there, or the check does not apply.
 * `unless`: what the check is not for is not there, or the check does not apply. `found`: every search of the operation
 * finds something. `absent`: none finds anything.
 */
export type Expectation = 'applies' | 'unless' | 'found' | 'absent';

/** How many of the requirements, which are `found` or `absent`, must be met for a pass. */
export type Condition = 'all' | 'any' | 'none';

/** Whether an endpoint complies with a check, in the words of XCCDF 1.2, the field's format for results. */
export type Verdict = 'pass' | 'fail' | 'error' | 'unknown' | 'notapplicable' | 'notchecked';

/** The part of a module's result that decides. */
interface Result {
  success: boolean;
  foundanything: boolean;
  elements: unknown;
  errors: readonly string[] | null;
}

/** Whether an expectation was met. `undecided`: the answer may be incomplete. `failed`: there is none. */
export type Outcome = 'met' | 'missed' | 'undecided' | 'failed';

/** The operations of a check, with the results of an endpoint in the same order. */
export interface Answered {
  expectation: Expectation;
  parameters: unknown;
  result: Result | undefined;
}

/**
 * Decides a check. What is certain decides first: an endpoint without what the check is about is not applicable whatever
 * else failed, and one weak setting fails although others could not be read.
 */
export function verdictOf(answers: readonly Answered[], condition: Condition = 'all'): Verdict {
  // A check without operations asks nothing, and passes nowhere.
  if (answers.length === 0) return 'notchecked';
  const outcomesOf = (isWanted: (expectation: Expectation) => boolean) =>
    answers.filter(({ expectation }) => isWanted(expectation)).map(outcomeOf);
  const conditions = outcomesOf(isApplicability);
  const requirements = outcomesOf((expectation) => !isApplicability(expectation));
  if (conditions.includes('missed')) return 'notapplicable';
  const decision = DECIDE[condition](requirements);
  const isApplicable = conditions.every((outcome) => outcome === 'met');
  if (isApplicable && decision === 'met') return 'pass';
  if (isApplicable && decision === 'missed') return 'fail';
  return [...conditions, ...requirements].includes('failed') ? 'error' : 'unknown';
}

/** Whether an expectation says where the check applies, and is no requirement. */
export function isApplicability(expectation: Expectation): boolean {
  return expectation === 'applies' || expectation === 'unless';
}

/** Whether the requirements are met together; undefined when that is uncertain. */
type Decide = (requirements: readonly Outcome[]) => 'met' | 'missed' | undefined;

const DECIDE: Record<Condition, Decide> = {
  all(requirements) {
    if (requirements.includes('missed')) return 'missed';
    return requirements.every((outcome) => outcome === 'met') ? 'met' : undefined;
  },
  any(requirements) {
    if (requirements.includes('met')) return 'met';
    return requirements.every((outcome) => outcome === 'missed') ? 'missed' : undefined;
  },
  none(requirements) {
    if (requirements.includes('met')) return 'missed';
    return requirements.every((outcome) => outcome === 'missed') ? 'met' : undefined;
  },
};

export function outcomeOf({ expectation, parameters, result }: Answered): Outcome {
  if (result === undefined || !result.success) return 'failed';
  const found = findings(parameters, result);
  if (found === undefined) return 'failed';
  const isAbsence = expectation === 'absent' || expectation === 'unless';
  const isMet = isAbsence ? !found.includes(true) : found.length > 0 && !found.includes(false);
  // What was found stays true although more could be there.
  const isCertain = isAbsence ? !isMet : isMet;
  if (isCertain || isComplete(result)) return isMet ? 'met' : 'missed';
  return 'undecided';
}

function isComplete(result: Result): boolean {
  return hidingErrors(result).length === 0;
}

/** The errors that may hide a match. A path of the check that does not exist is an answer. */
export function hidingErrors({ errors, elements }: Result): string[] {
  const hiding = (errors ?? []).filter((error) => !isMissingPath(error));
  const hasFailedTest = itemsOf(field(elements, 'results')).some((test) => field(test, 'iserror') === true);
  return hasFailedTest ? [...hiding, 'a test of the document ended in an error'] : hiding;
}

export function isMissingPath(error: string): boolean {
  return error.endsWith(': no such file or directory');
}

/**
 * Whether each search by label found something; of a scribe document, whether each test is true; otherwise one value.
 * Undefined when the elements are no answer to the parameters: what is not in them is not absent on the endpoint.
 */
function findings(parameters: unknown, { elements, foundanything }: Result): boolean[] | undefined {
  const searches = field(parameters, 'searches');
  if (typeof searches === 'object' && searches !== null) {
    const labels = Object.keys(searches);
    if (!labels.every((label) => isList(field(elements, label)))) return undefined;
    return labels.map((label) => itemsOf(field(elements, label)).some(isMatch));
  }
  const asked = itemsOf(field(field(parameters, 'scribedoc'), 'tests'));
  if (asked.length === 0) return [foundanything];
  const tests = field(elements, 'results');
  if (!isList(tests)) return undefined;
  // A document may return its true tests only.
  return asked.map((_, index) => field(itemsOf(tests)[index], 'masterresult') === true);
}

/** MIG lists a search without matches as one match without a file, or without a process. */
function isMatch(element: unknown): boolean {
  if (field(element, 'file') === '') {
    const count = field(element, 'count');
    return typeof count === 'number' && count > 0;
  }
  return field(field(element, 'process'), 'name') !== '';
}

/** Go writes an empty list as null. */
function isList(value: unknown): boolean {
  return value === null || Array.isArray(value);
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field of parsed JSON; undefined when there is none. */
function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}
