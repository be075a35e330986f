import { errorMessage } from '../../contract/errors.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import { evrMatches } from './evr.ts';
import type { Prepared } from './prepare.ts';
import type { PolicyTest } from './schema.ts';
import type { Session } from './session.ts';
import type { Criterion } from './source.ts';

/** The result of a test, as MIG writes it. */
export interface TestResult {
  testid: string;
  name: string;
  description: string;
  tags?: { key: string; value: string }[];
  iserror: boolean;
  error: string;
  masterresult: boolean;
  hastrueresults: boolean;
  results: { result: boolean; identifier: string }[] | null;
}

/** Deeper policies could use up the stack. */
const MAX_DEPENDENCIES = 1000;

interface Evaluation {
  objects: ReadonlyMap<string, Prepared>;
  tests: ReadonlyMap<string, PolicyTest>;
  results: Map<PolicyTest, TestResult>;
}

/** Evaluates the tests in order, each after those that it depends on (spec/modules/scribe.md#evaluation). */
export async function evaluateTests(
  objects: ReadonlyMap<string, Prepared>,
  session: Session,
): Promise<TestResult[]> {
  const { tests } = session.policy;
  const evaluation: Evaluation = { objects, tests: firstOfEach(tests), results: new Map() };
  const results: TestResult[] = [];
  for (const [index, test] of tests.entries()) {
    await session.readingClock.pause();
    if (performance.now() >= session.terms.endsAtMs) {
      session.limit(
        `the time was over at test "${test.test}": ${tests.length - index} of ${tests.length} were not evaluated`,
      );
      break;
    }
    results.push(evaluate(test, evaluation, 0));
  }
  return results;
}

function firstOfEach(tests: readonly PolicyTest[]): Map<string, PolicyTest> {
  const byId = new Map<string, PolicyTest>();
  for (const test of tests) if (!byId.has(test.test)) byId.set(test.test, test);
  return byId;
}

/** A test that depends on itself through others sees its own result before it is known: false, as in MIG. */
function evaluate(test: PolicyTest, evaluation: Evaluation, depth: number): TestResult {
  const known = evaluation.results.get(test);
  if (known) return known;
  const result = emptyResult(test);
  evaluation.results.set(test, result);
  const dependencies = depth < MAX_DEPENDENCIES ? evaluateDependencies(test, evaluation, depth) : undefined;
  if (dependencies === undefined)
    return withError(result, `more than ${MAX_DEPENDENCIES} dependencies in a row`);
  const failed = dependencies.find(({ iserror }) => iserror);
  if (failed) return withError(result, `a test dependency failed ("${failed.testid}")`);
  const object = evaluation.objects.get(test.object);
  if (object === undefined) return withError(result, `unknown object "${test.object}"`);
  if (object.error !== undefined) return withError(result, object.error);
  try {
    return withResults(result, { test, dependencies, criteria: object.criteria });
  } catch (error) {
    return withError(result, errorMessage(error));
  }
}

/** The results of the dependencies, up to the first in error. */
function evaluateDependencies(test: PolicyTest, evaluation: Evaluation, depth: number): TestResult[] {
  const results: TestResult[] = [];
  for (const name of test.if) {
    const dependency = evaluation.tests.get(name);
    if (dependency === undefined) continue;
    const result = evaluate(dependency, evaluation, depth + 1);
    results.push(result);
    if (result.iserror) break;
  }
  return results;
}

function emptyResult({ test, name, description, tags }: PolicyTest): TestResult {
  return {
    testid: test,
    name,
    description,
    ...(tags.length > 0 && { tags }),
    iserror: false,
    error: '',
    masterresult: false,
    hastrueresults: false,
    results: null,
  };
}

function withError(result: TestResult, error: string): TestResult {
  result.iserror = true;
  result.error = error;
  return result;
}

interface Facts {
  test: PolicyTest;
  dependencies: readonly TestResult[];
  criteria: readonly Criterion[];
}

function withResults(result: TestResult, { test, dependencies, criteria }: Facts): TestResult {
  const isTrue = evaluatorOf(test);
  const results = criteria.map(({ identifier, value }) => ({ result: isTrue(value), identifier }));
  result.results = results.length === 0 ? null : results;
  result.hastrueresults = results.some((one) => one.result);
  result.masterresult = result.hastrueresults && dependencies.every(({ masterresult }) => masterresult);
  return result;
}

/** The first of the three that has a value; without one, every value is true. */
function evaluatorOf({ evr, regexp, exactmatch }: PolicyTest): (value: string) => boolean {
  if (evr.value !== '') return (value) => evrMatches(value, evr);
  if (regexp.value !== '') {
    const pattern = compilePattern(regexp.value);
    return (value) => pattern.test(value);
  }
  if (exactmatch.value !== '') return (value) => value === exactmatch.value;
  return () => true;
}
