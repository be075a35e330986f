import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { exitStatus } from './exit-status.ts';

export interface ShellRun {
  status: number | null;
  /** Stdout and stderr together, as on a terminal. */
  printed: string;
}

/** A shell in a folder with two files and with an empty home, where `mig` is the real program. */
export interface Shell extends Disposable {
  folder: string;
  run(line: string, env?: Record<string, string>): Promise<ShellRun>;
}

export function openShell(): Shell {
  const root = mkdtempSync(join(tmpdir(), 'mig-shell-'));
  const folder = join(root, 'folder');
  for (const name of ['bin', 'home', 'folder']) mkdirSync(join(root, name));
  for (const name of ['a.conf', 'b.conf']) writeFileSync(join(folder, name), 'root\n');
  const mig = join(root, 'bin', 'mig');
  writeFileSync(mig, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'cli', 'mig.js')}' "$@"\n`);
  chmodSync(mig, 0o755);
  return {
    folder,
    async run(line, env = {}) {
      const child = spawn('bash', ['-c', `{ ${line}\n} 2>&1`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
        env: {
          PATH: `${join(root, 'bin')}:${process.env.PATH}`,
          HOME: join(root, 'home'),
          LC_ALL: 'C.UTF-8',
          ...env,
        },
      });
      const [printed, status] = await Promise.all([text(child.stdout), exitStatus(child)]);
      return { status, printed: printed.replaceAll(root, '/tmp/shell') };
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
