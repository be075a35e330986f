import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runningDaemons, startDaemon, strayAgents } from '../../../../../dev/stack/services/processes.ts';
import { stopAll } from '../../../../../dev/stack/services/stop-all.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mig-processes-'));
});
afterEach(async () => {
  await stopAll(home);
  rmSync(home, { recursive: true });
});

/** Copies a program into the home under the name of an agent. */
function install(name: string): string {
  const folder = join(home, 'agents', name, 'sbin');
  mkdirSync(folder, { recursive: true });
  const executable = join(folder, 'mig-agent-2');
  copyFileSync('/bin/sleep', executable);
  return executable;
}

test.runIf(process.platform === 'linux')(
  'an agent that replaced another is found by its executable and stopped with the rest',
  async () => {
    const known = startDaemon(home, { name: 'agent-1', command: install('agent-1'), args: ['60'] });
    const successors = ['agent-2', 'agent-3'].map((name, i) =>
      spawn(install(name), ['60'], { stdio: 'ignore', detached: i === 0 }),
    );
    const ended = Promise.all([known.child, ...successors].map((child) => once(child, 'exit')));
    await Promise.all(successors.map((child) => once(child, 'spawn')));
    expect(
      strayAgents(home, runningDaemons(home))
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual(successors.map(({ pid }) => pid).sort());
    expect((await stopAll(home)).sort()).toEqual(['agent-1', 'mig-agent-2', 'mig-agent-2']);
    await ended;
    expect(strayAgents(home, runningDaemons(home))).toEqual([]);
  },
);
