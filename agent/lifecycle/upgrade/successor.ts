import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { PENDING_FILE, removeLeftovers } from '../../../modules/upgrade/run.ts';
import { pollUntil } from '../../../platform/async/poll-until.ts';
import type { Logger } from '../../../platform/log.ts';
import { childEnvironment } from '../../../platform/machine/child-environment.ts';
import { detectInit } from '../../../platform/machine/init-system.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { isProcessRunning } from '../../../platform/machine/process-signals.ts';
import { BUILD } from '../../config/build-info.ts';
import type { AgentConfig } from '../../config/config.ts';
import { BINDING_FILE, IDENTITY_FILE } from '../../config/folders.ts';
import { leaveControlGroups } from '../../run/limits/leave-control-groups.ts';
import { describeService } from '../../service/describe-service.ts';
import { isInstalled } from '../../service/manage.ts';
import { askAgent } from '../control.ts';
import { takeLock } from '../lock.ts';
import { startAgent } from '../start-agent.ts';
import { forgetPending, waitingFolder } from './upgrade.ts';

const LOOK_EVERY_MS = 250;
/** What it was told to do is finished, and told, before it goes on as the agent. */
const SETTLE_MS = 60_000;
const RELIEVE_MS = 30_000;

/**
 * A new version beside the old one: registers under a process id of its own, takes orders from its own queue alone, and
 * waits until the old one lets go of the state folder. Then the link to the executable is its own. Throws
 * `already_running` when that does not come in time: then it has removed itself.
 */
export async function takeOver(
  config: AgentConfig,
  { log, stop }: { log: Logger; stop: Promise<unknown> },
): Promise<void> {
  leaveControlGroups();
  const folder = waitingFolder(config.stateDir, process.pid);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Without one no agent was ever here, and nobody is waited for.
    for (const name of [BINDING_FILE, IDENTITY_FILE]) {
      const file = join(config.stateDir, name);
      if (existsSync(file)) copyFileSync(file, join(folder, name));
    }
    await waitForTurn(config, { folder, log, stop });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  pointLinkHere();
  rmSync(join(config.stateDir, PENDING_FILE), { force: true });
  log.info({ version: BUILD.version }, 'took over from the old agent');
}

async function waitForTurn(
  config: AgentConfig,
  { folder, log, stop }: { folder: string; log: Logger; stop: Promise<unknown> },
): Promise<void> {
  const own = {
    ...config,
    stateDir: folder,
    runDir: folder,
    // The groups are those of the old agent's modules.
    limits: { ...config.limits, useCgroups: false },
  };
  await using agent = await startAgent({ config: own, role: 'waiting', mode: 'daemon', log });
  let isStopped = false;
  void stop.then(
    () => {
      isStopped = true;
    },
    () => {
      isStopped = true;
    },
  );
  const until = performance.now() + config.upgradeWaitMs;
  while (!tryLock(config.stateDir)) {
    const isOver = isStopped || (performance.now() > until && agent.work.running === 0);
    if (isOver) {
      removeSelf();
      throw new MigError('already_running', 'the old agent did not end in time: the new one gives up');
    }
    await sleep(LOOK_EVERY_MS);
  }
  await agent.settle(SETTLE_MS);
}

function tryLock(stateDir: string): boolean {
  try {
    takeLock(stateDir); // kept: this process goes on as the agent
    return true;
  } catch (error) {
    if (error instanceof MigError && error.code === 'already_running') return false;
    throw error;
  }
}

function removeSelf(): void {
  const { own, entry } = installation();
  if (entry === own) rmSync(own, { force: true });
}

/** From now on whoever starts the agent starts this version. Windows has no links for everybody: there it is a copy. */
function pointLinkHere(): void {
  const { own, link, entry } = installation();
  if (entry === link) return;
  const next = `${link}.new`;
  rmSync(next, { force: true });
  if (process.platform === 'win32') copyFileSync(own, next);
  else symlinkSync(basename(own), next);
  renameSync(next, link);
}

/**
 * Where the agent is a service, the service starts the new version and takes over in turn (`relieveSuccessor`): only its
 * manager can start it again. In a process of its own, because the manager may end ours.
 */
export function switchService(config: AgentConfig, log: Logger): void {
  const { link } = installation();
  const { runDir, stateDir, file: configFile } = config;
  const service = describeService(detectInit(), { executable: link, configFile, runDir, stateDir });
  if (!isInstalled(service)) return;
  log.info('service switched to the new version');
  const child = spawn(link, ['-c', configFile, 'install'], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: childEnvironment(),
  });
  child.on('error', (error) => log.error({ error: errorMessage(error) }, 'service not switched'));
  child.unref();
}

/**
 * A service that starts while the agent that an upgrade started still runs, in the same version: that one is asked to end,
 * once it has nothing in hand. Of another version, it stays.
 */
export async function relieveSuccessor(config: AgentConfig, log: Logger): Promise<void> {
  const pid = await pollUntil(() => idleSuccessor(config.runDir), {
    timeoutMs: RELIEVE_MS,
    everyMs: LOOK_EVERY_MS,
  });
  if (typeof pid !== 'number') return;
  log.info({ pid }, 'the agent that the upgrade started is relieved');
  await askAgent(config.runDir, 'shutdown').catch(() => {});
  await pollUntil(() => !isProcessRunning(pid), { timeoutMs: RELIEVE_MS, everyMs: LOOK_EVERY_MS });
}

/** Its process, once it has nothing in flight; undefined while it has, `none` when there is nobody to relieve. */
async function idleSuccessor(runDir: string): Promise<number | 'none' | undefined> {
  const status = await statusOf(runDir);
  if (!status?.startedbyupgrade || status.version !== BUILD.version || status.pid === process.pid)
    return 'none';
  return status.running > 0 || status.unconfirmedanswers > 0 ? undefined : status.pid;
}

interface Status {
  pid: number;
  version: string;
  startedbyupgrade: boolean;
  running: number;
  unconfirmedanswers: number;
}

async function statusOf(runDir: string): Promise<Status | undefined> {
  try {
    return JSON.parse(await askAgent(runDir, 'status')) as Status;
  } catch {
    return undefined;
  }
}

/** At the start of an agent that has the state folder: what upgrades that were killed have left. */
export async function tidyUp(stateDir: string): Promise<void> {
  removeLeftovers(installation().folder);
  for (const name of readdirSync(stateDir)) {
    const pid = /^waiting-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isProcessRunning(Number(pid)))
      rmSync(join(stateDir, name), { recursive: true, force: true });
  }
  await forgetPending(stateDir);
}
