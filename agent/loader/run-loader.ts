import { mkdirSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { detectInit } from '../../platform/machine/init-system.ts';
import { type FileLock, lockFile } from '../../platform/machine/lock-file.ts';
import { type Keyring, readKeyring } from '../../platform/openpgp/keyring.ts';
import { installService, removeService } from '../service/manage.ts';
import type { Service } from '../service/service.ts';
import { agentProgram } from './agent-program.ts';
import { createLoaderApi } from './ask-api.ts';
import { type BundleEntry, bundleOf, entryOf } from './bundle.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { EXIT, exitStatusOf } from './exit-status.ts';
import { guardLoader } from './guard-loader.ts';
import { type InstallDeps, resumeInstallation } from './installation.ts';
import { type LoaderConfig, loadLoaderConfig } from './loader-config.ts';
import { readLoaderKey } from './loader-key.ts';
import { type LoaderOptions, parseLoaderOptions } from './loader-options.ts';
import { createLoaderOutput, type LoaderOutput } from './loader-output.ts';
import { openState } from './loader-state.ts';
import { describeSchedule } from './schedule.ts';
import { check, ensureAgentRuns, type UpdateDeps, update } from './update.ts';

/** Runs the loader once; sets the exit status of the process. */
export async function runLoader(args: readonly string[]): Promise<void> {
  const options = parseLoaderOptions(args);
  if (options.help !== undefined) return void process.stdout.write(options.help);
  try {
    process.exitCode = await run(options);
  } catch (error) {
    process.exitCode = exitStatusOf(error);
    throw error;
  }
}

async function run(options: LoaderOptions): Promise<number> {
  const { configFile, task } = options;
  // It needs no configuration, which may be damaged or gone.
  if (task === 'unschedule') return unschedule(options);
  const early: string[] = [];
  const config = loadLoaderConfig(configFile, (line) => early.push(line));
  const output = createLoaderOutput(options, config);
  try {
    for (const line of early) output.warn(line);
    const bundle = bundleOf(process.platform, config.root);
    guardLoader(config, bundle);
    if (options.isInitial) schedule(options, config, output);
    if (task === 'check') return await runCheck(options, { config, bundle, output });
    return await runLocked(options, { config, bundle, output });
  } catch (error) {
    output.logFailure(error);
    throw error;
  }
}

interface Parts {
  config: LoaderConfig;
  bundle: readonly BundleEntry[];
  output: LoaderOutput;
}

async function runCheck(options: LoaderOptions, parts: Parts): Promise<number> {
  const deps = await openUpdate(options, parts);
  if (await check(deps)) return EXIT.changesWait;
  parts.output.report('nothing would be replaced');
  return EXIT.ok;
}

async function runLocked(options: LoaderOptions, parts: Parts): Promise<number> {
  const lock = acquireLock(parts.config.stateDir);
  try {
    if (options.task === 'ensure agent runs') {
      const deps = openInstall(parts);
      // It would start an agent of half-replaced files.
      await resumeInstallation(deps, deps.file.state);
      await ensureAgentRuns(deps);
    } else await update(await openUpdate(options, parts));
    return EXIT.ok;
  } finally {
    lock.release();
  }
}

function acquireLock(stateDir: string): FileLock {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const file = join(stateDir, 'mig-loader.lock');
  return lockFile(file, (pid) => {
    const why = pid === undefined ? `${file} could not be taken` : `a loader works already, with pid ${pid}`;
    return new MigError('already_running', why);
  });
}

function openInstall({ config, bundle, output }: Parts): InstallDeps {
  const agentPath = entryOf(bundle, 'mig-agent').path;
  const { path: agentConfigFile } = entryOf(bundle, 'configuration');
  return {
    bundle,
    agent: agentProgram({ path: agentPath, configFile: agentConfigFile, startWaitMs: config.startWaitMs }),
    agentPath,
    installsService: config.installsService,
    file: openState(config.stateDir),
    report: output.report,
    warn: output.warn,
  };
}

async function openUpdate({ configFile, task, isRetry }: LoaderOptions, parts: Parts): Promise<UpdateDeps> {
  const { config, bundle } = parts;
  const key = readLoaderKey(config.keyFile);
  const keyring = await readSigners(parts);
  const agentConfigFile = entryOf(bundle, 'configuration').path;
  const agent = await describeEndpoint(config, { agentConfigFile, isReadOnly: task === 'check' });
  const { api, ca, proxies } = config;
  return {
    ...openInstall(parts),
    api: createLoaderApi({ api, ca, proxies, key, agent }),
    keyring,
    requiredSignatures: config.requiredSignatures,
    own: realpathSync(process.execPath),
    configFile,
    isRetry,
    now: Date.now,
  };
}

async function readSigners({ config, output }: Parts): Promise<Keyring> {
  const { keyring, refused } = await readKeyring(config.signerKeys);
  for (const { message } of refused) output.warn(`a key of a signer cannot be used: ${message}`);
  return keyring;
}

function schedule({ configFile }: LoaderOptions, { root }: LoaderConfig, { report }: LoaderOutput): void {
  if (root !== '/')
    throw new MigError('usage', '-i arranges runs of this machine, not of one below [loader] root');
  const service = ownSchedule(configFile);
  installService(service, { start: true });
  report(`the loader runs every two hours: ${filesOf(service)}`);
}

function unschedule({ configFile, isQuiet }: LoaderOptions): number {
  const service = ownSchedule(configFile);
  removeService(service);
  if (!isQuiet) process.stdout.write(`the loader no longer runs by itself: ${filesOf(service)} removed\n`);
  return EXIT.ok;
}

function ownSchedule(configFile: string): Service {
  return describeSchedule(detectInit(), {
    executable: realpathSync(process.execPath),
    configFile,
    hostName: hostname(),
  });
}

function filesOf({ files }: Service): string {
  return `${files.map(({ path }) => path).join(', ')} (${detectInit()})`;
}
