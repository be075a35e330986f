import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/command.ts';
import { errorMessage } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { goDuration } from '../../contract/go/duration.ts';
import { goErrno } from '../../contract/go/errno.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { compareVersions } from '../../contract/rules/agent-version.ts';
import { listAgentProcesses, versionOf } from '../../platform/machine/agent-processes.ts';
import { architecture, operatingSystem } from '../../platform/machine/go-platform.ts';
import { installation } from '../../platform/machine/installation.ts';
import { isProcessRunning } from '../../platform/machine/process-signals.ts';
import type { AgentHost, ModuleRun } from '../module.ts';
import { download } from './download.ts';
import { findProblem, type Instruction, Parameters } from './schema.ts';

/** What a successful run tells: the agent that was asked, and what lies ready beside it. */
export interface Installed {
  oldpid: number;
  oldversion: string;
  /** When the old agent's process began. */
  oldstarttime: string;
  version: string;
}

/** Names the executable that is being brought in: whoever finds it after a crash knows what to remove. */
export const PENDING_FILE = 'upgrade-pending';

/**
 * Brings another version's executable in beside the running one (spec/modules/upgrade.md#steps). Nothing is installed
 * before its checksum and its own word for its version were right; starting it is left to the agent, which is not in
 * this module's process group (agent/lifecycle/upgrade/start-successor.ts).
 */
export const upgradeRun: ModuleRun = {
  async run(input, host) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success) return failed(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data);
    if (problem !== undefined) return failed(problem);
    const platform = `${operatingSystem()}/${architecture()}`;
    const instruction = parsed.data[platform];
    if (instruction === undefined) return failed(`no upgrade instruction found for ${platform}`);
    try {
      return await upgrade(instruction, await host());
    } catch (error) {
      return failed(error instanceof Failure ? error.message : goErrno(error));
    }
  },
  failed,
};

function failed(error: string): ModuleResult {
  return { ...EMPTY_RESULT, errors: [error] };
}

/** A step that did not succeed, in MIG's words. */
class Failure extends Error {}

async function upgrade(instruction: Instruction, host: AgentHost): Promise<ModuleResult> {
  const { to_version: version, checksum } = instruction;
  if (version === host.version) {
    const message = `Agent is already running version ${version}`;
    return { ...EMPTY_RESULT, success: true, elements: { version, message } };
  }
  refuseRollback(instruction, host.version);
  const { folder, of } = installation();
  removeLeftovers(folder);
  const target = of(version);
  // Asked a second time while the first is still under way: what is there goes on.
  const isUnderWay = (await listAgentProcesses()).some(({ executable }) => executable === target);
  if (isUnderWay) return installed(version, host);

  const file = join(folder, `${LEFTOVER}${process.pid}`);
  const began = process.hrtime.bigint();
  try {
    const bytes = await step('downloadBinary()', () => download(instruction.location, file, host));
    const downloadtime = goDuration(process.hrtime.bigint() - began);
    const got = await sha256(file);
    if (got !== checksum.toLowerCase())
      throw new Failure(`Checksum validation failed. Got '${got}', Expected '${checksum}'.`);
    chmodSync(file, 0o500);
    const told = await step('verifyVersion()', () => versionOf(file));
    if (told !== version) throw new Failure(`Version mismatch. Got '${told}', Expected '${version}'.`);
    await step('moveBinary()', async () => install(file, target, host.stateDir));
    return {
      ...(await installed(version, host)),
      statistics: { downloadtime, downloadsize: bytes },
    };
  } finally {
    rmSync(file, { force: true });
  }
}

function refuseRollback({ to_version, allow_downgrade }: Instruction, current: string): void {
  if (allow_downgrade) return;
  const order = compareVersions(to_version, current);
  if (order === 'older') {
    throw new Failure(`Version '${to_version}' is older than '${current}'. Refusing to go back.`);
  }
  if (order === 'not comparable') {
    throw new Failure(`Version '${to_version}' cannot be compared with '${current}'. Refusing to go there.`);
  }
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Failure(`${name} -> ${reasonOf(error)}`);
  }
}

/** The first line: a program that fails may say a lot. */
function reasonOf(error: unknown): string {
  const text = goErrno(error);
  return (text === '' ? errorMessage(error) : text).split('\n', 1)[0] ?? '';
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** On disk before it has its name, and named as pending before that: a crash leaves nothing that nobody knows of. */
function install(file: string, target: string, stateDir: string): void {
  chmodSync(file, 0o750);
  const fd = openSync(file, 'r');
  fsyncSync(fd);
  closeSync(fd);
  writeFileSync(join(stateDir, PENDING_FILE), target, { mode: 0o600, flush: true });
  renameSync(file, target);
}

async function installed(version: string, host: AgentHost): Promise<ModuleResult> {
  const own = (await listAgentProcesses()).find(({ pid }) => pid === process.ppid);
  const elements: Installed = {
    oldpid: process.ppid,
    oldversion: host.version,
    oldstarttime: timestampFromMillis(own?.startedMs ?? Date.now()),
    version,
  };
  return { ...EMPTY_RESULT, success: true, elements };
}

const LEFTOVER = '.mig-agent-download-';

/** What downloads that were killed have left: files whose process is gone. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(LEFTOVER) ? Number(name.slice(LEFTOVER.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isProcessRunning(pid)) rmSync(join(folder, name), { force: true });
  }
}
