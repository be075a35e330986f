import { createRunClock } from '../../platform/async/run-clock.ts';
import { operatingSystem } from '../../platform/machine/go-platform.ts';
import { readUsers } from '../../platform/machine/users.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { createPlans } from './plan.ts';
import { buildResult, maskResult } from './result.ts';
import { Parameters } from './schema.ts';
import { searchEntries } from './search-entries.ts';
import { searchRules } from './search-rules.ts';

/** Searches what starts by itself. */
export const persistenceRun = defineRun<Parameters>({
  parameters: Parameters,
  findProblem: searchRules.findProblem,
  findMistake: searchRules.findMistake,
  isUnknownToMig: true,
  async run(parameters, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const plans = createPlans(parameters);
    const clock = createRunClock(terms.endsAtMs);
    const system = operatingSystem();
    const place = {
      system,
      // Windows has no such file, and its entries need no users.
      ...(system === 'windows' ? { users: [] } : readUsers()),
      leftMs: terms.endsAtMs - performance.now(),
    };
    const found = await searchEntries({ plans, clock, place });
    return buildResult({ ...found, plans, clock, maxBytes: terms.maxBytes, startedNs });
  },
  mask: maskResult,
});
