import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MigError } from '../../../contract/errors.ts';
import { PENDING_FILE } from '../../../modules/upgrade/install.ts';
import type { Logger } from '../../../platform/log.ts';
import { installation } from '../../../platform/machine/installation.ts';
import { BUILD } from '../../config/build-info.ts';
import type { AgentConfig } from '../../config/config.ts';
import { BINDING_FILE, IDENTITY_FILE } from '../../config/folders.ts';
import { leaveControlGroups } from '../../run/limits/leave-control-groups.ts';
import { acquireLock } from '../lock.ts';
import { startAgent } from '../start-agent.ts';
import { waitingFolder } from './pending.ts';

const LOCK_POLL_MS = 250;
/** The time for the commands of the waiting agent to end and for their answers to be confirmed, before it takes over. */
const SETTLE_MS = 60_000;

/**
 * Runs a new version next to the old agent until it can replace it: registers under its own process id, receives commands
 * only through the queue of its own process, and waits until the old agent releases the state folder. Then it points the
 * link to its own executable. After too long a wait it removes its executable and throws `already_running`.
 */
export async function takeOver(
  config: AgentConfig,
  { log, stop }: { log: Logger; stop: Promise<unknown> },
): Promise<void> {
  leaveControlGroups();
  const folder = waitingFolder(config.stateDir, process.pid);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyIdentity(config.stateDir, folder);
    await waitForOldAgent(config, { folder, log, stop });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  pointLinkHere();
  rmSync(join(config.stateDir, PENDING_FILE), { force: true });
  log.info({ version: BUILD.version }, 'took over from the old agent');
}

/** A missing identity means that no agent ever ran here: then the lock is free, and nothing has to be copied. */
function copyIdentity(stateDir: string, folder: string): void {
  for (const name of [BINDING_FILE, IDENTITY_FILE]) {
    const file = join(stateDir, name);
    if (existsSync(file)) copyFileSync(file, join(folder, name));
  }
}

/** Runs as a waiting agent with a state folder of its own until the old agent has ended. */
async function waitForOldAgent(
  config: AgentConfig,
  { folder, log, stop }: { folder: string; log: Logger; stop: Promise<unknown> },
): Promise<void> {
  const own: AgentConfig = {
    ...config,
    stateDir: folder,
    runDir: folder,
    // The control groups belong to the modules of the old agent.
    limits: { ...config.limits, useCgroups: false },
  };
  await using agent = await startAgent({ config: own, role: 'waiting', mode: 'daemon', log });
  const stopped = new AbortController();
  const markStopped = () => stopped.abort();
  void stop.then(markStopped, markStopped);
  const deadline = performance.now() + config.upgradeWaitMs;
  while (!tryLock(config.stateDir)) {
    const isOverdue = performance.now() > deadline && agent.work.running === 0;
    if (stopped.signal.aborted || isOverdue) throw giveUp();
    await sleep(LOCK_POLL_MS);
  }
  await agent.settle(SETTLE_MS);
}

/** Takes the lock, and keeps it until this process ends. */
function tryLock(stateDir: string): boolean {
  try {
    acquireLock(stateDir);
    return true;
  } catch (error) {
    if (error instanceof MigError && error.code === 'already_running') return false;
    throw error;
  }
}

function giveUp(): MigError {
  const { own, entry } = installation();
  if (entry === own) rmSync(own, { force: true });
  return new MigError('already_running', 'the old agent did not end in time: the new one gives up');
}

/** Makes the link start this version. On Windows, where only administrators may create links, it is a copy. */
function pointLinkHere(): void {
  const { own, link, entry } = installation();
  if (entry === link) return;
  const next = `${link}.new`;
  rmSync(next, { force: true });
  if (process.platform === 'win32') copyFileSync(own, next);
  else symlinkSync(basename(own), next);
  renameSync(next, link);
}
