import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../build/ensure-built.ts';
import type { KeyFiles } from './keys.ts';

export interface CliRun {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Writes the configuration of `mig` for one investigator of one API. */
export function writeMigrc(
  file: string,
  { apiUrl, key }: { apiUrl: string; key: Pick<KeyFiles, 'fingerprint' | 'privateKeyFile'> },
): void {
  const lines = [
    '[api]',
    `  url = "${apiUrl}"`,
    '[gpg]',
    `  keyid = "${key.fingerprint}"`,
    `  keyfile = "${key.privateKeyFile}"`,
    '[targets]',
    `  macro = allonline:status='online'`,
    '',
  ];
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
}

/** One investigator with a `migrc`, who runs the real `mig` program. */
export function createInvestigatorCli(options: { home: string; apiUrl: string; key: KeyFiles }): {
  migrc: string;
  mig: (args: readonly string[], options?: { input?: string }) => Promise<CliRun>;
} {
  const folder = join(options.home, 'investigators');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const migrc = join(folder, `${options.key.fingerprint}.migrc`);
  writeMigrc(migrc, options);
  return {
    migrc,
    async mig(args) {
      const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), ...args, '-c', migrc], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [stdout, stderr, status] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number | null>((resolve) => child.on('close', resolve)),
      ]);
      return { status, stdout, stderr };
    },
  };
}
