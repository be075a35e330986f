import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WaitOptions, waitFor } from '../../dev/wait-for.ts';
import { runAgent } from './agent-process.ts';
import { exitStatus } from './exit-status.ts';

/** The built agent as a daemon that never reaches a relay: enough for what it does on its own machine. */
export interface OfflineAgentProcess extends AsyncDisposable {
  pid: number;
  folder: string;
  runDir: string;
  child: ChildProcess;
  /** Runs the executable with the same configuration, and returns what it printed. */
  run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** The complete lines of its log. */
  log(): { msg: string; module?: string; why?: string; childPid?: number; notice?: string }[];
  /** Waits for a line of the log. */
  logged(text: string | RegExp, options?: WaitOptions): Promise<string>;
  /** Runs an operation as `mig-agent -i` does. */
  query(
    module: string,
    parameters?: unknown,
  ): Promise<{ success: boolean; elements: unknown; errors: string[] | null }>;
}

interface OfflineOptions {
  executable: string;
  relay?: string;
  /** The configuration files of persistent modules, by module. */
  modules?: Record<string, string>;
  /** Further lines of the section `[agent]`. */
  settings?: string;
  args?: readonly string[];
}

export async function openOfflineAgent({
  executable,
  relay = 'amqp://guest:guest@127.0.0.1:1/',
  modules = {},
  settings = '',
  args = [],
}: OfflineOptions): Promise<OfflineAgentProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-offline-agent-'));
  const runDir = join(folder, 'run');
  const config = join(folder, 'mig-agent.cfg');
  mkdirSync(join(folder, 'agentkeys'));
  writeFileSync(join(folder, 'acl.cfg'), '{"default":{"minimumweight":1}}');
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(folder, `${name}.cfg`), text);
  const lines = [
    '[agent]',
    `relay = "${relay}"`,
    'hostname = "offline"',
    `rundir = "${runDir}"`,
    `statedir = "${join(folder, 'state')}"`,
    settings,
    '',
  ];
  writeFileSync(config, lines.join('\n'), { mode: 0o600 });
  const child = spawn(executable, ['-c', config, ...args, '-f'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = exitStatus(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const run = (...words: string[]) => runAgent(executable, ['-c', config, ...words]);
  const log = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const logged: OfflineAgentProcess['logged'] = (text, options) =>
    waitFor(
      `the log line ${text}`,
      () =>
        log()
          .map(({ msg }) => String(msg))
          .find((msg) => matches(msg, text)),
      options,
    );
  await logged('agent started');
  return {
    pid: child.pid as number,
    folder,
    runDir,
    child,
    run,
    log,
    logged,
    async query(module, parameters = {}) {
      const file = join(folder, 'action.json');
      writeFileSync(file, JSON.stringify({ ...ACTION, operations: [{ module, parameters }] }));
      return JSON.parse((await run('-i', file)).stdout)[0];
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const ACTION = {
  name: 'local',
  target: 'all',
  syntaxversion: 2,
  validfrom: '2026-01-01T00:00:00Z',
  expireafter: '2026-01-02T00:00:00Z',
};

function matches(msg: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? msg.includes(text) : text.test(msg);
}
