import { goDuration, parseGoDuration } from '../../contract/go/duration.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS, type RunTerms } from '../module.ts';
import { checkDrift } from './check-drift.ts';
import { formatRfc3339, localOffsetMinutes } from './format-time.ts';
import { HOST_SOURCES } from './ntp-hosts.ts';
import { findMistake, findProblem, Parameters } from './schema.ts';

const NTP_PORT = 123;

/** Returns the local time, and compares it with a time server on request (spec/modules/timedrift.md#with-drift). */
export const timedriftRun = defineRun({
  parameters: Parameters,
  findProblem,
  findMistake,
  async run({ drift }, { terms = NO_TERMS }) {
    const startedNs = process.hrtime.bigint();
    const unixNs = BigInt(Date.now()) * 1_000_000n;
    const localtime = formatRfc3339(unixNs, localOffsetMinutes(unixNs));
    const exectime = () => goDuration(process.hrtime.bigint() - startedNs);
    return drift === ''
      ? withoutDrift(localtime, exectime())
      : withDrift({ drift, localtime, terms, exectime });
  },
});

function withoutDrift(localtime: string, exectime: string): ModuleResult {
  return {
    foundanything: true,
    success: true,
    elements: { hascheckeddrift: false, localtime },
    statistics: { exectime },
    errors: null,
  };
}

async function withDrift(options: {
  drift: string;
  localtime: string;
  terms: RunTerms;
  exectime: () => string;
}): Promise<ModuleResult> {
  const { drift, localtime, terms, exectime } = options;
  const driftNs = parseGoDuration(drift);
  const compared = await checkDrift({ driftNs, terms, sources: HOST_SOURCES, port: NTP_PORT });
  const { foundanything, success, elements, statistics, limits } = compared;
  const errors = [...compared.errors, ...limits];
  return {
    foundanything,
    success,
    elements: { ...elements, localtime },
    statistics: { exectime: exectime(), ...statistics },
    errors: errors.length === 0 ? null : errors,
    // MIG's own programs compare results by the keys that they know.
    limits: limits.length === 0 || terms.asMig ? undefined : limits,
  };
}
