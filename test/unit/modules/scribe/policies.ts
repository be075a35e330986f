import { NO_TERMS, type RunTerms } from '../../../../modules/module.ts';
import { scribeRun } from '../../../../modules/scribe/run.ts';
import type { TestResult } from '../../../../modules/scribe/test-result.ts';

interface Outcome {
  results: TestResult[];
  foundanything: boolean;
  errors: string[] | null;
  limits: string[] | undefined;
}

/** How a policy uses a variable. */
export const use = (name: string) => `\${${name}}`;

/** An object of given values. */
export const raw = (...values: string[]) => ({
  raw: { identifiers: values.map((value, index) => ({ identifier: `id${index}`, value })) },
});

/** A policy of one object and one test of it. */
export const policy = (source: object, check: object = {}) => ({
  objects: [{ object: 'o', ...source }],
  tests: [{ test: 't', object: 'o', ...check }],
});

export async function run(
  scribedoc: object,
  { onlytrue = false, ...terms }: Partial<RunTerms> & { onlytrue?: boolean } = {},
): Promise<Outcome> {
  const context = { terms: { ...NO_TERMS, ...terms }, loadHost: () => Promise.reject(new Error('unused')) };
  const result = await scribeRun.run({ scribedoc, onlytrue }, context);
  const { elements, foundanything, errors, limits } = result;
  return { results: (elements as { results: TestResult[] }).results, foundanything, errors, limits };
}

export async function resultOf(scribedoc: object, terms: Partial<RunTerms> = {}): Promise<TestResult> {
  const { results } = await run(scribedoc, terms);
  const [first] = results;
  if (first === undefined) throw new Error('no result');
  return first;
}
