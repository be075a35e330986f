import { errorMessage } from '../../contract/errors.ts';
import { createRunClock, type RunClock } from '../../platform/async/run-clock.ts';
import { findPassing } from './passing.ts';
import type { Prepared } from './prepare.ts';
import type { PolicyTest } from './schema.ts';
import type { Session } from './session.ts';
import { emptyResult, type TestResult } from './test-result.ts';
import type { TestedValues, TestRoom } from './test-room.ts';

interface Evaluation {
  objects: ReadonlyMap<string, Prepared>;
  tests: ReadonlyMap<string, PolicyTest>;
  clock: RunClock;
  room: TestRoom;
  /** Of the tests that were reached, also of those that wait for their dependencies. */
  reached: Map<PolicyTest, TestResult>;
  finished: Map<PolicyTest, TestResult>;
}

/** A test that was reached, and how far its dependencies are known. */
interface Pending {
  test: PolicyTest;
  result: TestResult;
  /** The index of the next dependency. */
  next: number;
  /** Whether the master results of the dependencies before it are true. */
  isSupported: boolean;
}

/**
 * Evaluates the tests in order, each after those that it depends on (spec/modules/scribe.md#evaluation). When the time is
 * over, those that are missing are counted.
 */
export async function evaluateTests(
  objects: ReadonlyMap<string, Prepared>,
  { session, room }: { session: Session; room: TestRoom },
): Promise<TestResult[]> {
  const { tests } = session.policy;
  const evaluation: Evaluation = {
    objects,
    tests: firstOfEach(tests),
    clock: createRunClock(session.terms.endsAtMs),
    room,
    reached: new Map(),
    finished: new Map(),
  };
  for (const test of tests) {
    const unfinished = await evaluate(test, evaluation);
    if (unfinished === undefined) continue;
    const missing = tests.length - evaluation.finished.size;
    session.limit(
      `the time was over at test "${unfinished.test}": ${missing} of ${tests.length} were not evaluated`,
    );
    break;
  }
  return tests.flatMap((test) => evaluation.finished.get(test) ?? []);
}

function firstOfEach(tests: readonly PolicyTest[]): Map<string, PolicyTest> {
  const byId = new Map<string, PolicyTest>();
  for (const test of tests) if (!byId.has(test.test)) byId.set(test.test, test);
  return byId;
}

/**
 * Evaluates a test after its dependencies, however many there are in a row. Returns the test at which the time was over. A
 * test that depends on itself through others sees its own result before it is known: false, as in MIG.
 */
async function evaluate(first: PolicyTest, evaluation: Evaluation): Promise<PolicyTest | undefined> {
  const { clock, reached, finished } = evaluation;
  const waiting: Pending[] = [];
  let current = reached.has(first) ? undefined : reach(first, evaluation);
  while (current !== undefined) {
    await clock.pause();
    if (clock.isOver()) return current.test;
    const dependency = nextDependency(current, evaluation);
    if (dependency !== undefined) {
      waiting.push(current);
      current = reach(dependency, evaluation);
      continue;
    }
    if (!(await finish(current, evaluation))) return current.test;
    finished.set(current.test, current.result);
    current = waiting.pop();
  }
  return undefined;
}

function reach(test: PolicyTest, { reached }: Evaluation): Pending {
  const result = emptyResult(test);
  reached.set(test, result);
  return { test, result, next: 0, isSupported: true };
}

/** Returns the first dependency that was not reached. Without one, all are known, or one is in error. */
function nextDependency(pending: Pending, { tests, reached }: Evaluation): PolicyTest | undefined {
  const { test, result } = pending;
  let name = test.if[pending.next];
  while (name !== undefined) {
    const dependency = tests.get(name);
    const known = dependency && reached.get(dependency);
    if (known === undefined) return dependency;
    if (known.iserror) {
      inError(result, `a test dependency failed ("${known.testid}")`);
      return undefined;
    }
    if (!known.masterresult) pending.isSupported = false;
    pending.next++;
    name = test.if[pending.next];
  }
  return undefined;
}

/** Evaluates a test whose dependencies are known. Returns false when the time was over. */
async function finish(pending: Pending, evaluation: Evaluation): Promise<boolean> {
  const { result, isSupported } = pending;
  const values = await testValues(pending, evaluation);
  if (values === undefined) return false;
  result.hastrueresults = values.passing.includes(1);
  result.masterresult = result.hastrueresults && isSupported;
  evaluation.room.add(result, values);
  return true;
}

const NO_VALUES: TestedValues = { criteria: [], passing: new Uint8Array() };

/** A test in error has no values. Returns undefined when the time was over. */
async function testValues(
  { test, result }: Pending,
  { objects, clock }: Evaluation,
): Promise<TestedValues | undefined> {
  const object = objects.get(test.object);
  if (result.iserror) return NO_VALUES;
  if (object === undefined) return inError(result, `unknown object "${test.object}"`);
  if (object.error !== undefined) return inError(result, object.error);
  const { criteria } = object;
  try {
    const passing = await findPassing(test, { criteria, clock });
    return passing && { criteria, passing };
  } catch (error) {
    return inError(result, errorMessage(error));
  }
}

function inError(result: TestResult, error: string): TestedValues {
  result.iserror = true;
  result.error = error;
  return NO_VALUES;
}
