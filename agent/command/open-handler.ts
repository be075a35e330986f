import type { Acl } from '../../contract/rules/acl.ts';
import type { Resources } from '../../platform/async/resources.ts';
import { createSemaphore } from '../../platform/async/semaphore.ts';
import type { Logger } from '../../platform/log.ts';
import { readAgentKeys } from '../config/agent-keys.ts';
import type { LimitsConfig } from '../config/limits-config.ts';
import { Report, type ReportOptions } from '../report/report.ts';
import { type Limits, openLimits } from '../run/limits/limits.ts';
import { Strikes } from '../run/limits/strikes.ts';
import { createModuleRunner, type FollowUpStep } from '../run/module-runner.ts';
import { ActiveCommands } from './active-commands.ts';
import { Cancels } from './cancels.ts';
import type { HandlerDeps } from './deps.ts';
import { Journal } from './journal/journal.ts';
import { MAX_COMMANDS } from './run-command.ts';

/** The settings that the handling of commands needs. */
interface HandlerConfig {
  file: string;
  stateDir: string;
  sharedDir: string;
  acl: Acl;
  armoredKeys: readonly string[];
  keySources: readonly string[];
  onlyVerifyPubkey: boolean;
  moduleTimeoutMs: number;
  extraPrivacy: boolean;
  limits: LimitsConfig;
  report: Omit<ReportOptions, 'now'>;
}

export interface OpenHandler {
  deps: Omit<HandlerDeps, 'deliver'>;
  /** Keeps modules within their limits. */
  limits: Limits;
  /** Sentences about unusable keys. */
  keyProblems: string[];
  /** Aborted when the agent ends and the grace period of modules is over. */
  ending: AbortController;
}

/** Opens the files and control groups that commands need; `resources` closes them. */
export async function openHandler(
  {
    config,
    queueloc,
    followUpSteps,
    persistSocket,
    log,
  }: {
    config: HandlerConfig;
    queueloc: string;
    followUpSteps: Readonly<Record<string, FollowUpStep>>;
    persistSocket: (module: string) => string | undefined;
    log: Logger;
  },
  resources: Resources,
): Promise<OpenHandler> {
  const { keyring, problems: keyProblems } = await readAgentKeys(config);
  for (const problem of keyProblems) log.warn({ problem }, 'configuration');
  const journal = new Journal(config.stateDir, { sharedDir: config.sharedDir });
  resources.defer(() => journal.close());
  const report = new Report(config.sharedDir, { ...config.report, now: Date.now });
  resources.defer(() => report.close());
  const limits = openLimits(config.limits, log);
  resources.defer(limits.close);
  const ending = new AbortController();
  const runner = createModuleRunner({
    limits,
    strikes: new Strikes(config.stateDir),
    log,
    now: Date.now,
    mask: config.extraPrivacy,
    configFile: config.file,
    followUpSteps,
    persistSocket,
    ending: ending.signal,
  });
  const deps = {
    keyring,
    acl: config.acl,
    onlyVerifyPubkey: config.onlyVerifyPubkey,
    moduleTimeoutMs: config.moduleTimeoutMs,
    journal,
    report,
    runner,
    queueloc,
    log,
    now: Date.now,
    active: new ActiveCommands(),
    inFlight: createSemaphore(MAX_COMMANDS),
    cancels: new Cancels(),
    work: {
      running: 0,
      isEnding: false,
      lastActivityMs: performance.now(),
    },
  };
  return { deps, limits, keyProblems, ending };
}
