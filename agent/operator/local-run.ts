import type { ModuleResult } from '../../contract/command.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { Logger } from '../../platform/log.ts';
import type { AgentConfig } from '../config/config.ts';
import { openLimits } from '../run/limits/limits.ts';
import { Strikes } from '../run/limits/strikes.ts';
import { createModuleRunner } from '../run/module-runner.ts';
import { readActionFile } from './action-file.ts';

/**
 * `mig-agent -i FILE`: runs the operations of an action on this machine, one after the other, within the agent's
 * limits. For whoever sits at the machine: signatures, validity and ACL are not asked, as in MIG.
 */
export async function runActionFile(
  file: string,
  {
    config,
    log,
  }: {
    config: Pick<AgentConfig, 'file' | 'limits' | 'extraPrivacy' | 'moduleTimeoutMs' | 'stateDir'>;
    log: Logger;
  },
): Promise<ModuleResult[]> {
  const action = readActionFile(file);
  const limits = openLimits(config.limits, log);
  const runner = createModuleRunner({
    limits,
    log,
    now: Date.now,
    mask: config.extraPrivacy,
    strikes: new Strikes(config.stateDir),
    configFile: config.file,
    lastSteps: {},
    ending: new AbortController().signal,
  });
  try {
    const results: ModuleResult[] = [];
    for (const operation of action.operations) {
      const { result } = await runner.run(operation.module, inflateParameters(operation), {
        timeoutMs: () => config.moduleTimeoutMs,
        cancelled: new AbortController().signal,
      });
      results.push(result);
    }
    return results;
  } finally {
    limits.close();
  }
}
