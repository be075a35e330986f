import type { ModuleResult } from '../../contract/module-result.ts';
import type { TestResult } from './test-result.ts';

const MASKED = 'masked';
const MASKED_LIMIT = 'a limit (masked)';

/** Masks identifiers, which are paths and names of packages, and the errors that are our own, which have paths, too. */
export function maskResult(result: ModuleResult): ModuleResult {
  const { elements, errors, limits = [] } = result;
  return {
    ...result,
    elements: elements === null ? null : maskElements(elements as { results: TestResult[] }),
    errors: errors?.map((error) => maskError(error, limits)) ?? null,
    limits: limits.length === 0 ? undefined : [MASKED_LIMIT],
  };
}

function maskElements({ results, ...flags }: { results: TestResult[] }) {
  return {
    results: results.map((test) => ({
      ...test,
      results: test.results?.map(({ result }) => ({ result, identifier: MASKED })) ?? null,
    })),
    ...flags,
  };
}

/** The errors of tests stay, as in MIG: they repeat the policy. */
function maskError(error: string, limits: readonly string[]): string {
  if (limits.includes(error)) return MASKED_LIMIT;
  return error.startsWith('Error: ') ? error : MASKED;
}
