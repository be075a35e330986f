import { atOnce } from '../../platform/async/at-once.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import type { Parameters, Policy, PolicyObject, PolicyTest } from './schema.ts';
import { type Source, sourceOf } from './source.ts';

/**
 * Returns the first problem of a policy, in MIG's order and words (spec/modules/scribe.md#validation); undefined when there
 * is none.
 */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every object and test. */
export function* findProblemInSteps({ scribedoc }: Parameters): Generator<void, string | undefined> {
  const names = namesOf(scribedoc);
  for (const object of scribedoc.objects) {
    const problem = objectProblem(object, names.objects);
    if (problem !== undefined) return problem;
    yield;
  }
  for (const test of scribedoc.tests) {
    const problem = testProblem(test, names.tests);
    if (problem !== undefined) return problem;
    yield;
  }
  return undefined;
}

function namesOf({ objects, tests }: Policy) {
  return {
    objects: new Set(objects.map(({ object }) => object)),
    tests: new Set(tests.map(({ test }) => test)),
  };
}

function objectProblem(object: PolicyObject, objects: ReadonlySet<string>): string | undefined {
  if (object.object === '') return 'an object in document has no identifier';
  const source = sourceOf(object);
  const problem = source ? sourceProblem(source, objects) : 'no valid source interface';
  return problem === undefined ? undefined : `${object.object}: ${problem}`;
}

function sourceProblem(source: Source, objects: ReadonlySet<string>): string | undefined {
  switch (source.type) {
    case 'package':
      return source.collectmatch === '' ? undefined : patternProblem(source.collectmatch);
    case 'filecontent':
      return linesProblem(source) ?? chainProblem(source['import-chain'], objects);
    case 'hasline':
      return linesProblem(source);
    case 'filename':
      return source.file === '' ? 'filename file must be set' : undefined;
    case 'raw':
      return source.identifiers.some(({ identifier, value }) => identifier === '' || value === '')
        ? 'identifier must include identifier and value'
        : undefined;
  }
}

function linesProblem(source: { type: string; file: string; expression: string }): string | undefined {
  if (source.file === '') return `${source.type} file must be set`;
  if (source.expression === '') return `${source.type} expression must be set`;
  return patternProblem(source.file) ?? patternProblem(source.expression);
}

function chainProblem(chain: readonly string[], objects: ReadonlySet<string>): string | undefined {
  const unknown = chain.find((name) => !objects.has(name));
  return unknown === undefined ? undefined : `unknown object "${unknown}"`;
}

function testProblem(test: PolicyTest, tests: ReadonlySet<string>): string | undefined {
  if (test.test === '') return 'a test in document has no identifier';
  const problem = dependencyProblem(test, tests) ?? tagProblem(test);
  return problem === undefined ? undefined : `${test.test}: ${problem}`;
}

function dependencyProblem(test: PolicyTest, tests: ReadonlySet<string>): string | undefined {
  for (const name of test.if) {
    if (!tests.has(name)) return `unknown test "${name}"`;
    if (name === test.test) return 'test cannot reference itself';
  }
  return undefined;
}

function tagProblem({ tags }: PolicyTest): string | undefined {
  for (const { key, value } of tags) {
    if (key.includes('"')) return 'test tag key cannot contain quote';
    if (value.includes('"')) return 'test tag value cannot contain quote';
  }
  return undefined;
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
