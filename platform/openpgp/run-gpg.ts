import { spawn, spawnSync } from 'node:child_process';
import { MigError } from '../../contract/errors.ts';
import { printable } from '../../contract/text/printable.ts';
import { readEnv } from '../config.ts';

export interface GpgOptions {
  /** undefined: GnuPG's default. */
  home: string | undefined;
  /** The fingerprint of the primary key. */
  fingerprint: string;
  /** undefined: GnuPG's agent knows it, or asks for it. */
  passphrase: string | undefined;
}

interface RunOptions {
  args: readonly string[];
  input?: string;
  timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_MESSAGES = 2000;

/** Runs gpg; throws an error with its messages when it fails. Each line of `messages` starts with a line break. */
export async function runGpg(
  { home, passphrase }: Partial<GpgOptions>,
  { args, input = '', timeoutMs = DEFAULT_TIMEOUT_MS }: RunOptions,
): Promise<{ stdout: Buffer; messages: string }> {
  const homeArgs = home === undefined ? [] : ['--homedir', home];
  const run = await spawnGpg([...homeArgs, '--batch', ...args], { input, timeoutMs });
  const messages = describeMessages(run.stderr, passphrase);
  if (run.status === 0) return { stdout: run.stdout, messages };
  const why = run.status === null ? ` within ${timeoutMs / 1000} s` : '';
  throw new MigError(
    'config_invalid',
    `gpg failed${why}, home ${home ?? '~/.gnupg'}${messages}${hintFor(args, passphrase)}`,
  );
}

interface GpgRun {
  /** null: ended by a signal. */
  status: number | null;
  stdout: Buffer;
  stderr: string;
}

function spawnGpg(
  args: readonly string[],
  { input, timeoutMs }: { input: string; timeoutMs: number },
): Promise<GpgRun> {
  return new Promise((resolve, reject) => {
    const env = { ...readEnv(), ...gpgTty() };
    const child = spawn('gpg', args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    // The timeout of `spawn` keeps running when the program could not be started.
    const timer = setTimeout(() => child.kill(), timeoutMs);
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_OUTPUT_BYTES) child.kill();
        else output[stream].push(chunk);
      });
    }
    // A program that ends early does not read its input; its status shows why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(notStarted(cause));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({
        status,
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr).toString(),
      });
    });
  });
}

/** The terminal on which GnuPG's agent may ask for a passphrase: standard input has the text to sign. */
function gpgTty(): { GPG_TTY?: string } {
  if (readEnv().GPG_TTY !== undefined || !process.stdin.isTTY) return {};
  const { status, stdout } = spawnSync('tty', { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return status === 0 ? { GPG_TTY: stdout.trim() } : {};
}

function notStarted(cause: Error): MigError {
  const isMissing = (cause as { code?: unknown }).code === 'ENOENT';
  const why = isMissing
    ? 'is not installed (Debian: apt-get install gnupg)'
    : `cannot be started: ${cause.message}`;
  return new MigError('config_invalid', `gpg ${why}`, { cause });
}

/** The lines of standard error, printable. A passphrase that gpg has repeated is removed. */
function describeMessages(stderr: string, passphrase: string | undefined): string {
  const shown = passphrase ? stderr.replaceAll(passphrase, '…') : stderr;
  const lines = shown
    .slice(0, MAX_MESSAGES)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (shown.length > MAX_MESSAGES) lines.push('…');
  return lines.map((line) => `\n  ${printable(line)}`).join('');
}

function hintFor(args: readonly string[], passphrase: string | undefined): string {
  const needsPassphrase = args.includes('--detach-sign') && passphrase === undefined;
  if (!needsPassphrase || process.stdin.isTTY || readEnv().GPG_TTY !== undefined) return '';
  return '\n  (there is no terminal to ask for the passphrase; set MIGPGPPASSPHRASE)';
}
