import type { ModuleResult } from '../../contract/module-result.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import type { Logger } from '../../platform/log.ts';
import type { LimitsConfig } from '../config/limits-config.ts';
import { existingSocket } from '../persistent/socket-path.ts';
import { openLimits } from '../run/limits/limits.ts';
import { Strikes } from '../run/limits/strikes.ts';
import { createModuleRunner } from '../run/module-runner.ts';
import { readActionFile } from './action-file.ts';

interface LocalRunConfig {
  /** The configuration file. */
  file: string;
  limits: LimitsConfig;
  extraPrivacy: boolean;
  moduleTimeoutMs: number;
  stateDir: string;
  runDir: string;
}

/**
 * `mig-agent -i FILE`: runs the operations of an action on this machine, one after the other, within the agent's limits.
 * The operator of the machine decides: as in MIG, signatures, validity and ACL do not count.
 */
export async function runActionFile(
  file: string,
  { config, log }: { config: LocalRunConfig; log: Logger },
): Promise<ModuleResult[]> {
  const action = readActionFile(file);
  const limits = openLimits(config.limits, log);
  const never = new AbortController().signal;
  const runner = createModuleRunner({
    limits,
    log,
    now: Date.now,
    mask: config.extraPrivacy,
    strikes: new Strikes(config.stateDir),
    configFile: config.file,
    followUpSteps: {},
    persistSocket: (module) => existingSocket(config.runDir, module),
    ending: never,
  });
  try {
    const results: ModuleResult[] = [];
    for (const operation of action.operations) {
      const { result } = await runner.run({
        module: operation.module,
        parameters: inflateParameters(operation),
        timeoutMs: () => config.moduleTimeoutMs,
        cancelled: never,
      });
      results.push(result);
    }
    return results;
  } finally {
    limits.close();
  }
}
