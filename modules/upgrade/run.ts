import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, rmSync } from 'node:fs';
import { goDuration } from '../../contract/go/duration.ts';
import { goErrno } from '../../contract/go/errno.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { compareVersions } from '../../contract/rules/agent-version.ts';
import { type AgentProcess, listAgentProcesses, versionOf } from '../../platform/machine/agent-processes.ts';
import { architecture, operatingSystem } from '../../platform/machine/go-platform.ts';
import { installation } from '../../platform/machine/installation.ts';
import { defineRun, failedResult } from '../define-run.ts';
import type { AgentHost } from '../module.ts';
import { download } from './download.ts';
import { install } from './install.ts';
import { downloadFile, removeLeftovers } from './leftovers.ts';
import { findProblem, type Instruction, Parameters } from './schema.ts';
import { performStep, StepError } from './step.ts';

/** The elements of a successful run: the agent that ran it, and the version that it installed. */
export interface Installed {
  oldpid: number;
  oldversion: string;
  /** When the process of the old agent started. */
  oldstarttime: string;
  version: string;
}

/**
 * Installs another version's executable next to the running one (spec/modules/upgrade.md#steps), if its checksum and its
 * reported version are right. The agent itself starts it, because this process ends with its process group
 * (agent/lifecycle/upgrade/start-successor.ts).
 */
export const upgradeRun = defineRun({
  parameters: Parameters,
  findProblem,
  // An old agent must accept the upgrade that a newer platform describes in more detail.
  ignoresUnknown: () => true,
  whyFailed: (error) => (error instanceof StepError ? error.message : goErrno(error)),
  async run(instructions, { loadHost }) {
    const platform = `${operatingSystem()}/${architecture()}`;
    const instruction = instructions[platform];
    if (instruction === undefined) return failedResult(`no upgrade instruction found for ${platform}`);
    return upgrade(instruction, await loadHost());
  },
});

async function upgrade(instruction: Instruction, host: AgentHost): Promise<ModuleResult> {
  const { to_version: version, checksum, location } = instruction;
  if (version === host.version) return alreadyRunning(version);
  refuseRollback(instruction, host.version);
  const { folder, of } = installation();
  removeLeftovers(folder);
  const target = of(version);
  // The same instruction came again during the upgrade.
  if (await isRunning(target)) return installed(version, host);

  const file = downloadFile(folder);
  try {
    const statistics = await measureDownload(() => download({ location, file, host }));
    await verifyChecksum(file, checksum);
    await verifyVersion(file, version);
    await performStep('moveBinary()', () => install(file, target, host.stateDir));
    return { ...(await installed(version, host)), statistics };
  } finally {
    rmSync(file, { force: true });
  }
}

function alreadyRunning(version: string): ModuleResult {
  const message = `Agent is already running version ${version}`;
  return { ...EMPTY_RESULT, success: true, elements: { version, message } };
}

function refuseRollback({ to_version, allow_downgrade }: Instruction, current: string): void {
  if (allow_downgrade) return;
  const order = compareVersions(to_version, current);
  if (order === 'older') {
    throw new StepError(`Version '${to_version}' is older than '${current}'. Refusing to go back.`);
  }
  if (order === 'not comparable') {
    throw new StepError(
      `Version '${to_version}' cannot be compared with '${current}'. Refusing to go there.`,
    );
  }
}

async function isRunning(executable: string): Promise<boolean> {
  const agents = await listAgentProcesses();
  return agents.some((agent) => agent.executable === executable);
}

async function measureDownload(downloadBytes: () => Promise<number>) {
  const startedNs = process.hrtime.bigint();
  const downloadsize = await performStep('downloadBinary()', downloadBytes);
  return { downloadtime: goDuration(process.hrtime.bigint() - startedNs), downloadsize };
}

async function verifyChecksum(file: string, checksum: string): Promise<void> {
  const found = await sha256(file);
  if (found !== checksum.toLowerCase()) {
    throw new StepError(`Checksum validation failed. Got '${found}', Expected '${checksum}'.`);
  }
}

/** Runs the executable, which is safe only after its checksum was verified. */
async function verifyVersion(file: string, version: string): Promise<void> {
  chmodSync(file, 0o500);
  const reported = await performStep('verifyVersion()', () => versionOf(file));
  if (reported !== version) {
    throw new StepError(`Version mismatch. Got '${reported}', Expected '${version}'.`);
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

async function installed(version: string, host: AgentHost): Promise<ModuleResult> {
  const agents = await listAgentProcesses();
  const oldAgent = agents.find(({ pid }) => pid === process.ppid);
  const elements: Installed = {
    oldpid: process.ppid,
    oldversion: host.version,
    oldstarttime: timestampFromMillis(startTimeOf(oldAgent)),
    version,
  };
  return { ...EMPTY_RESULT, success: true, elements };
}

/** Unix milliseconds; the present time where the system does not tell when a process started. */
function startTimeOf(agent: AgentProcess | undefined): number {
  return agent && Number.isFinite(agent.startedMs) ? agent.startedMs : Date.now();
}
