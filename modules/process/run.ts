import { MigError } from '../../contract/errors.ts';
import { createRunClock } from '../../platform/async/run-clock.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { createPlans } from './plan.ts';
import { buildResult, maskResult } from './result.ts';
import { Parameters } from './schema.ts';
import { searchProcesses } from './search-processes.ts';
import { createTally } from './tally.ts';
import { findProblem } from './validate.ts';

/** Searches the running processes. */
export const processRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const system = operatingSystem();
    if (system !== 'linux') throw new MigError('unavailable', `not supported on ${system}`);
    const plans = createPlans(parameters);
    const tally = createTally();
    await searchProcesses({ plans, tally, clock: createRunClock(terms.endsAtMs) });
    return buildResult({ plans, tally, maxBytes: terms.maxBytes, startedNs });
  },
  mask: maskResult,
});
