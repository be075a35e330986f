import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_OPERATION } from '../../dev/api-caller.ts';
import { newName } from './platform-records.ts';
import type { Rig } from './rig.ts';

/** MIG's runner in a folder of its own. */
export interface RunnerProcess {
  folder: string;
  log(): string;
  isRunning(): boolean;
  /** Interrupts it, and waits for its end. */
  stop(): Promise<void>;
}

/** A job: its schedule and settings, and changes of its action. */
export interface Job {
  settings: readonly string[];
  action?: Record<string, unknown>;
}

export function newRunnerFolder({ folder: parent }: Rig): string {
  const folder = join(parent, newName('runner'));
  for (const name of ['runners', 'plugins']) mkdirSync(join(folder, name), { recursive: true });
  return folder;
}

export function writeJob(folder: string, name: string, { settings, action = {} }: Job): void {
  const job = join(folder, 'runners', name);
  mkdirSync(job, { recursive: true });
  const whole = { name, target: `name='agent-1'`, operations: [FILE_OPERATION], syntaxversion: 2, ...action };
  writeFileSync(join(job, 'action.json'), JSON.stringify(whole));
  writeFileSync(join(job, 'entity.cfg'), ['[configuration]', ...settings, ''].join('\n'));
}

/** Writes a plugin that keeps what it reads. Returns the file that it writes. */
export function writePlugin(folder: string, name: string): string {
  const kept = join(folder, `${name}.json`);
  writeFileSync(join(folder, 'plugins', name), `#!/bin/sh\ncat > ${kept}\n`, { mode: 0o755 });
  return kept;
}

export function startRunner(rig: Rig, folder: string, settings: readonly string[] = []): RunnerProcess {
  const config = join(folder, 'runner.cfg');
  const lines = [
    '[runner]',
    `  directory = "${folder}"`,
    '  checkdirectory = 1',
    '[client]',
    `  clientconfpath = "${rig.bob.migrc}"`,
    ...settings,
    '[logging]',
    '  mode = "stdout"',
    '  level = "info"',
    '',
  ];
  writeFileSync(config, lines.join('\n'));
  const child = spawn(rig.executables['mig-runner'], ['-c', config], {
    env: { HOME: rig.bob.home, PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close');
  const stop = async () => {
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  };
  rig.defer(stop);
  return {
    folder,
    log: () => text,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    stop,
  };
}
