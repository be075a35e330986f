import { spawn } from 'node:child_process';
import { once } from 'node:events';
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

/** One investigator with a `migrc`, who runs the real `mig` program. */
export interface InvestigatorCli {
  migrc: string;
  mig(args: readonly string[]): Promise<CliRun>;
}

export function createInvestigatorCli(options: {
  home: string;
  apiUrl: string;
  key: KeyFiles;
}): InvestigatorCli {
  const folder = join(options.home, 'investigators');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const migrc = join(folder, `${options.key.fingerprint}.migrc`);
  writeMigrc(migrc, options);
  return { migrc, mig: (args) => runMig(withConfig(args, migrc)) };
}

/** Before the flags of a module, where -c may be one of them; at the end where a second word may belong to the command. */
function withConfig(args: readonly string[], migrc: string): string[] {
  const [command = '', ...rest] = args;
  const isModule = !command.startsWith('-') && rest[0]?.startsWith('-');
  return isModule ? [command, '-c', migrc, ...rest] : [...args, '-c', migrc];
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

/** Runs the real `mig` program, without a terminal. */
export async function runMig(args: readonly string[]): Promise<CliRun> {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await closed;
  return { status, stdout, stderr };
}
