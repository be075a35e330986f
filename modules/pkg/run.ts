import { goDuration } from '../../contract/go/duration.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { listPackages } from '../../platform/machine/packages/list-packages.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS, type RunTerms } from '../module.ts';
import { matchPackages } from './match-packages.ts';
import { findProblem, Parameters } from './schema.ts';

/** The share of the time for listing packages; the rest is for comparing them. */
const SHARE_OF_LISTING = 0.8;

/** Lists installed packages by name and version (spec/modules/pkg.md#parameters). */
export const pkgRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const nowMs = performance.now();
    const listing = await listPackages({ endsAtMs: nowMs + (terms.endsAtMs - nowMs) * SHARE_OF_LISTING });
    const { packages, limits } = await matchPackages(listing.packages, { parameters, terms });
    return {
      foundanything: packages.length > 0,
      success: true,
      elements: { packages },
      statistics: { execruntime: goDuration(process.hrtime.bigint() - startedNs) },
      ...problems({ errors: [...listing.errors, ...limits], limits: [...listing.limits, ...limits] }, terms),
    };
  },
  failed: (error) => ({ ...EMPTY_RESULT, statistics: { execruntime: '0s' }, errors: [error] }),
});

/** MIG says nothing of a source that it cannot read, and its own programs compare the errors. */
function problems(
  { errors, limits }: { errors: string[]; limits: string[] },
  { asMig }: RunTerms,
): Pick<ModuleResult, 'errors' | 'limits'> {
  if (asMig) return { errors: limits.length === 0 ? null : limits };
  return {
    errors: errors.length === 0 ? null : errors,
    ...(limits.length > 0 && { limits }),
  };
}
