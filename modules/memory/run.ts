import { MigError } from '../../contract/errors.ts';
import { createRunClock } from '../../platform/async/run-clock.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { createPlans } from './plan.ts';
import { buildResult, failedResult } from './result.ts';
import { Parameters } from './schema.ts';
import { searchProcesses } from './search-processes.ts';
import { createTally } from './tally.ts';
import { findProblem } from './validate.ts';

/** Searches the memory of running processes (spec/modules/memory.md#algorithm). */
export const memoryRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const system = operatingSystem();
    if (system !== 'linux') throw new MigError('unavailable', `not supported on ${system}`);
    const plans = createPlans(parameters);
    const tally = createTally();
    const clock = createRunClock(terms.endsAtMs);
    // MIG finds every byte string and most texts in its own agent, which contains the search.
    const skippedPids = terms.asMig ? [] : [process.pid, process.ppid];
    await searchProcesses({ plans, tally, clock, skippedPids });
    return buildResult({ plans, tally, terms, startedNs });
  },
  failed: failedResult,
});
