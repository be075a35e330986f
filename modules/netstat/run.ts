import { goDuration } from '../../contract/go/duration.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { createRunClock } from '../../platform/async/run-clock.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { Findings } from './findings.ts';
import { maskResult } from './mask.ts';
import { noticesOf } from './notices.ts';
import { findProblem, Parameters } from './schema.ts';
import { searchNetwork } from './search.ts';
import { createTally } from './search-run.ts';
import { createSystem } from './system.ts';

/** Searches interfaces, neighbours and sockets for addresses and ports (spec/modules/netstat.md#parameters). */
export const netstatRun = defineRun({
  parameters: Parameters,
  findProblem,
  mask: maskResult,
  async run(parameters, { terms = NO_TERMS }): Promise<ModuleResult> {
    const startedNs = process.hrtime.bigint();
    const { endsAtMs } = terms;
    const system = createSystem({ namespaces: parameters.namespaces === true, endsAtMs });
    const findings = new Findings(terms);
    const tally = createTally();
    // MIG does not tell which processes it could not ask for their namespace.
    if (!terms.asMig) tally.errors.push(...system.errors);
    await searchNetwork({ parameters, system, findings, tally, clock: createRunClock(endsAtMs) });
    return {
      foundanything: findings.foundAnything,
      success: true,
      elements: findings.elements(),
      statistics: {
        examined: tally.examined,
        exectime: goDuration(process.hrtime.bigint() - startedNs),
        totalhits: 0,
      },
      ...noticesOf({ errors: tally.errors, limits: [...findings.limits(), ...tally.limits] }, terms),
    };
  },
});
