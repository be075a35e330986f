import { once } from 'node:events';
import { hostname } from 'node:os';
import { errorCode, MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { printable } from '../../contract/text/printable.ts';
import { createLogger } from '../../platform/log.ts';
import { detectInit } from '../../platform/machine/init-system.ts';
import { installation } from '../../platform/machine/installation.ts';
import { readKeyring } from '../../platform/openpgp/keyring.ts';
import { BUILD } from '../config/build-info.ts';
import { type AgentConfig, loadConfig, loadToRemove } from '../config/config.ts';
import { queryAgent } from '../lifecycle/control.ts';
import { runDaemon } from '../lifecycle/daemon.ts';
import { protectAgent } from '../lifecycle/protect.ts';
import { printHtml, printReportJson, printText } from '../report/print.ts';
import { parseSince, readReport } from '../report/read.ts';
import { describeService } from '../service/describe-service.ts';
import { installService, isInstalled, isRunning, removeService } from '../service/manage.ts';
import type { Service } from '../service/service.ts';
import { checkActionAcl, printAclReport } from './acl-check.ts';
import { readActionFile } from './action-file.ts';
import type { OperatorCommand } from './command-line.ts';
import { runActionFile } from './local-run.ts';
import type { AgentOptions } from './options.ts';

/** Runs the task that the command line asks for, other than a single module. */
export async function runForOperator(options: AgentOptions): Promise<void> {
  const warn = (line: string) => void process.stderr.write(`mig-agent: ${line}\n`);
  const load = options.command?.name === 'uninstall' ? loadToRemove : loadConfig;
  const config = load(options.configFile, warn);
  if (options.showSettings)
    return print(`${JSON.stringify(settings(options.configFile, config), null, 2)}\n`);
  if (options.query !== undefined) return print(`${await queryAgent(config.runDir, options.query)}\n`);
  if (options.actionFile !== undefined) {
    const log = createLogger('agent', 'silent');
    return print(`${JSON.stringify(await runActionFile(options.actionFile, { config, log }), null, 2)}\n`);
  }
  const { command, configFile } = options;
  switch (command?.name) {
    case 'install':
      return install(configFile, config, command);
    case 'uninstall':
      return uninstall(configFile, config);
    case 'status':
      return printStatus(configFile, config);
    case 'report':
      return printReport(command, config);
    case 'acl':
      return checkAcl(command, config);
    case undefined:
      return runDaemon(options, config);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

/** The service of this machine's init system that runs this executable. */
function ownService(configFile: string, { runDir, stateDir }: AgentConfig) {
  return describeService(detectInit(), { executable: installation().entry, configFile, runDir, stateDir });
}

function install(configFile: string, config: AgentConfig, { isStarting }: { isStarting: boolean }): void {
  if (!config.relay) throw new MigError('config_invalid', `${configFile}: [agent] relay is missing`);
  const service = ownService(configFile, config);
  protectAgent(config);
  installService(service, { start: isStarting });
  printFiles('installed', service);
}

function uninstall(configFile: string, config: AgentConfig): void {
  const service = ownService(configFile, config);
  removeService(service);
  printFiles('removed', service);
}

function printFiles(done: string, { files }: Service): void {
  print(`${done}: ${files.map(({ path }) => path).join(', ')} (${detectInit()})\n`);
}

async function printStatus(configFile: string, config: AgentConfig): Promise<void> {
  const service = ownService(configFile, config);
  print(`service: ${isInstalled(service) ? `installed (${detectInit()})` : 'not installed'}\n`);
  const answer = await queryAgent(config.runDir, 'status').catch(ifNoneRuns);
  if (answer !== undefined) printRunning(JSON.parse(answer));
  else if (isInstalled(service) && isRunning(service)) print('agent: starting\n');
  else {
    print('agent: not running\n');
    process.exitCode = 3;
  }
}

/** Rethrows other errors: a user who may not query the agent does not learn whether it runs. */
function ifNoneRuns(error: unknown): undefined {
  if (errorCode(error) !== 'unavailable') throw error;
}

/** The running agent may be of another version than this executable. */
function printRunning(status: RunningStatus): void {
  const { pid, version, connected, relay, persistentmodules = [], notices = [] } = status;
  print(`agent: running, pid ${pid}, version ${version}\n`);
  const route = relay?.proxy === undefined ? '' : ` through ${relay.proxy}`;
  const where = relay === undefined ? '' : `, ${relay.address}${route}`;
  const why = relay?.problem === undefined ? '' : `: ${printable(relay.problem)}`;
  print(connected ? `relay: reached${where}\n` : `relay: not reached${where}${why}\n`);
  if (!connected) process.exitCode = EXIT_NO_RELAY;
  for (const module of persistentmodules) print(`${printable(moduleLine(module))}\n`);
  for (const notice of notices) print(`notice: ${printable(notice)}\n`);
}

interface RunningStatus {
  pid: number;
  version: string;
  connected: boolean;
  relay?: { address: string; proxy?: string; problem?: string };
  persistentmodules?: { name: string; state: string; pid?: number; restarts: number; lastend?: string }[];
  notices?: string[];
}

function moduleLine({
  name,
  state,
  pid,
  restarts,
  lastend,
}: NonNullable<RunningStatus['persistentmodules']>[number]): string {
  const process = pid === undefined ? '' : `, pid ${pid}`;
  const why = lastend === undefined ? '' : `, last ended: ${lastend}`;
  return `module ${name}: ${state}${process}, ${countOf(restarts, 'restart')}${why}`;
}

/** The exit status of `mig-agent status` when the agent runs but does not reach its relay. */
const EXIT_NO_RELAY = 4;

async function printReport(
  { since, json, html }: Extract<OperatorCommand, { name: 'report' }>,
  config: AgentConfig,
): Promise<void> {
  const sinceMs = since === undefined ? undefined : parseSince(since, Date.now());
  const entries = readReport(config.stateDir, { sinceMs });
  let pieces = printText(entries);
  if (json) pieces = printReportJson(entries);
  else if (html) pieces = printHtml(entries, { hostname: config.hostname ?? hostname() });
  for (const piece of pieces) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
  }
}

async function checkAcl(
  { actionFile, json }: Extract<OperatorCommand, { name: 'acl' }>,
  config: AgentConfig,
): Promise<void> {
  const { keyring } = await readKeyring(config.armoredKeys.map((armored) => ({ armored })));
  const action = readActionFile(actionFile);
  const report = await checkActionAcl(action, { acl: config.acl, keyring, nowMs: Date.now() });
  print(json ? `${encodeJson(report)}\n` : printAclReport(report));
  if (!report.wouldRun) process.exitCode = 1;
}

/** The effective settings, without their secrets. */
function settings(file: string, config: AgentConfig): unknown {
  const { relay, armoredKeys, proxies, apiProxies, configuredProxies: _, ...rest } = config;
  return {
    version: BUILD.version,
    configuration: file,
    filesaretrusted: BUILD.areFilesTrusted,
    relay: relay && {
      host: relay.host,
      port: relay.port,
      vhost: relay.vhost,
      user: relay.username,
      tls: relay.ca !== undefined,
    },
    keys: armoredKeys.length,
    // Without their credentials.
    proxies: proxies.map(({ address }) => address),
    apiProxies: apiProxies.map(({ address }) => address),
    ...rest,
  };
}
