import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Environment } from '../../contract/agent.ts';
import type { PersistentModule } from '../../modules/module.ts';
import { isPersistent, loadPersistent, moduleNames } from '../../modules/registry.ts';
import type { Logger } from '../../platform/log.ts';
import type { Limits } from '../run/limits/limits.ts';
import { createLogQuota } from './log-quota.ts';
import { readModuleConfig } from './module-config.ts';
import { persistentSocket } from './socket-path.ts';
import { type ModuleState, type SupervisedModule, supervise } from './supervise.ts';

/** The persistent modules of a running agent. */
export interface PersistentModules extends AsyncDisposable {
  states(): ModuleState[];
  /** `unix:<path>` of a running module; undefined when it has not registered one. */
  socketOf(module: string): string | undefined;
}

export interface PersistentOptions {
  /** The agent's configuration file. Those of the modules are beside it. */
  configFile: string;
  runDir: string;
  limits: Pick<Limits, 'confine'>;
  facts(): { hostname: string; environment: Environment; tags: Record<string, string> };
  report: PersistentReport;
  log: Logger;
}

/** What the owner of the machine learns of persistent modules. */
interface PersistentReport {
  started(names: readonly string[]): void;
  /** A problem of a module's settings, or of the module. Undefined when it is over. */
  problem(topic: `module ${string}` | `settings of ${string}`, text: string | undefined): void;
}

/** The module that takes the alerts of the others. */
const DISPATCH = 'dispatch';

/** Starts every persistent module that has a configuration file, and keeps it running until disposed. */
export async function startPersistentModules(options: PersistentOptions): Promise<PersistentModules> {
  const modules = await loadConfigured(options.configFile);
  const running = new Map<string, SupervisedModule>();
  const route = createAlertRoute(options.log, () => running.get(DISPATCH));
  for (const [name, { settings }] of modules) running.set(name, start(name, { settings, options, route }));
  if (modules.size > 0) options.report.started([...modules.keys()]);
  return {
    states: () => [...running.values()].map((module) => module.state()),
    socketOf: (name) => running.get(name)?.socket(),
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((module) => module[Symbol.asyncDispose]()));
    },
  };
}

/** A persistent module works only where somebody has configured it: an empty file suffices. */
async function loadConfigured(configFile: string): Promise<Map<string, PersistentModule>> {
  const names = moduleNames()
    .filter((name) => isPersistent(name) && existsSync(moduleConfigFile(configFile, name)))
    .sort();
  const modules = new Map<string, PersistentModule>();
  for (const name of names) {
    const module = await loadPersistent(name);
    if (module) modules.set(name, module);
  }
  return modules;
}

function moduleConfigFile(configFile: string, name: string): string {
  return join(dirname(configFile), `${name}.cfg`);
}

type AlertRoute = (from: string, message: string) => void;

function start(
  name: string,
  {
    settings,
    options,
    route,
  }: { settings: PersistentModule['settings']; options: PersistentOptions; route: AlertRoute },
): SupervisedModule {
  const { configFile, runDir, limits, log, report } = options;
  const quota = createLogQuota();
  return supervise({
    name,
    configFile,
    socketPath: persistentSocket(runDir, name),
    limits,
    log,
    setup: () => {
      const { config, problems } = readModuleConfig(moduleConfigFile(configFile, name), settings);
      for (const problem of problems) log.warn({ module: name, problem }, 'configuration');
      report.problem(`settings of ${name}`, problems.length === 0 ? undefined : problems.join('; '));
      return { config, ...options.facts() };
    },
    onLog(text) {
      if (!quota.take()) return;
      const suppressed = quota.suppressed();
      if (suppressed > 0) log.warn({ module: name, suppressed }, 'log messages of a module were dropped');
      log.info({ module: name }, `[${name}] (module log) ${text}`);
    },
    onAlert: (text) => route(name, text),
    onHealth: ({ isHealthy, why }) =>
      report.problem(
        `module ${name}`,
        isHealthy ? undefined : `module ${name} ended and is started again: ${why}`,
      ),
  });
}

/** Alerts go to the dispatch module while it runs and keeps up, otherwise to the agent's log. */
function createAlertRoute(log: Logger, dispatch: () => SupervisedModule | undefined): AlertRoute {
  const quota = createLogQuota();
  return (from, message) => {
    if (from !== DISPATCH && dispatch()?.feedAlert(message)) return;
    if (!quota.take()) return;
    const suppressed = quota.suppressed();
    if (suppressed > 0) log.warn({ suppressed }, 'alerts of modules were dropped');
    log.info({ module: from }, `alert: ${message}`);
  };
}
