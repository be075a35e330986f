import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCgroups } from '../../../../../agent/run/limits/cgroups.ts';

const LIMITS = { cpuPercent: 50, memoryBytes: 256 * 1024 * 1024, processes: 64, useCgroups: true };
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Reads a file below the root of the control groups. */
const written = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

/** test/e2e/agent-limits.test.ts tests the kernel's side, in the version that the machine has. */
describe('version 2', () => {
  const own = '0::/system.slice/mig-agent.service\n';
  const base = 'system.slice/mig-agent.service';
  beforeEach(() => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids\n');
    mkdirSync(join(root, base), { recursive: true });
  });

  test('the agent moves into a leaf, all modules share half of the processors, each run has its own limits', () => {
    const cgroups = openCgroups(LIMITS, { processors: 4, root, own });
    expect(cgroups?.version).toBe(2);
    expect(written(base, 'agent/cgroup.procs')).toBe(String(process.pid));
    expect(written(base, 'cgroup.subtree_control')).toBe('+cpu +memory +pids');
    expect(written(base, 'modules/cpu.max')).toBe('200000 100000');
    const run = cgroups?.create('run-1');
    run?.add(4242);
    expect(written(base, 'modules/run-1/memory.max')).toBe('268435456');
    expect(written(base, 'modules/run-1/memory.oom.group')).toBe('1');
    expect(written(base, 'modules/run-1/pids.max')).toBe('64');
    expect(written(base, 'modules/run-1/cgroup.procs')).toBe('4242');
    expect(run?.breach()).toBeUndefined();
    writeFileSync(
      join(root, base, 'modules/run-1/memory.events'),
      'low 0\nhigh 0\nmax 12\noom 1\noom_kill 1\n',
    );
    expect(run?.breach()).toBe('memory');
  });

  test('a process of another PID namespace, listed as 0, is never signalled, as 0 means our own process group', () => {
    mkdirSync(join(root, base, 'modules/run-1'), { recursive: true });
    writeFileSync(join(root, base, 'modules/run-1/cgroup.procs'), '0\n');
    expect(openCgroups(LIMITS, { processors: 4, root, own })?.version).toBe(2);
  });

  test('without write access there are no control groups, and the watcher enforces the limits', () => {
    expect(openCgroups(LIMITS, { processors: 4, root: '/proc/nowhere', own })).toBeUndefined();
    expect(openCgroups(LIMITS, { processors: 4, root, own: '12:memory:/x\n' })).toBeUndefined();
  });
});

test('version 1 has one group per controller, below the own group of the agent, named after its process', () => {
  const own = '9:memory:/process/abc\n8:pids:/\n1:cpu,cpuacct:/\n';
  for (const folder of ['cpu', 'memory/process/abc', 'pids'])
    mkdirSync(join(root, folder), { recursive: true });
  // The group of an agent that was killed.
  mkdirSync(join(root, 'pids/mig-agent-999999999/run-7'), { recursive: true });
  const cgroups = openCgroups(LIMITS, { processors: 2, root, own });
  expect(cgroups?.version).toBe(1);
  expect(existsSync(join(root, 'pids/mig-agent-999999999'))).toBe(false);
  const name = `mig-agent-${process.pid}`;
  expect(written('cpu', name, 'cpu.cfs_quota_us')).toBe('100000');
  const run = cgroups?.create('run-1');
  run?.add(4242);
  expect(written('memory/process/abc', name, 'run-1/memory.limit_in_bytes')).toBe('268435456');
  expect(written('pids', name, 'run-1/pids.max')).toBe('64');
  expect(written('cpu', name, 'cgroup.procs')).toBe('4242');
  writeFileSync(join(root, 'pids', name, 'run-1/pids.events'), 'max 3\n');
  expect(run?.breach()).toBe('processes');
});
