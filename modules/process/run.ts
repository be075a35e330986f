import { MigError } from '../../contract/errors.ts';
import { createRunClock } from '../../platform/async/run-clock.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { maskMatches } from '../search-plan.ts';
import { createPlans } from './plan.ts';
import { buildResult } from './result.ts';
import { Parameters } from './schema.ts';
import { searchProcesses } from './search-processes.ts';
import { searchRules } from './search-rules.ts';
import { createTally } from './tally.ts';

/** Searches the running processes. */
export const processRun = defineRun<Parameters>({
  parameters: Parameters,
  findProblem: searchRules.findProblem,
  findMistake: searchRules.findMistake,
  isUnknownToMig: true,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const system = operatingSystem();
    if (system !== 'linux') throw new MigError('unavailable', `not supported on ${system}`);
    const plans = createPlans(parameters);
    const tally = createTally();
    await searchProcesses({ plans, tally, clock: createRunClock(terms.endsAtMs) });
    return buildResult({ plans, tally, maxBytes: terms.maxBytes, startedNs });
  },
  mask: maskMatches,
});
