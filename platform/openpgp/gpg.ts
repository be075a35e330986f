import { spawn, spawnSync } from 'node:child_process';
import { MigError } from '../../contract/errors.ts';
import { printable } from '../../contract/text/printable.ts';
import { readEnv } from '../config.ts';
import { withChecksum } from './armor.ts';
import { judgeKeys } from './can-sign.ts';
import { parseSecretKeys, type SecretKeys } from './gpg-listing.ts';
import { type KeyringKey, readPublicKey } from './keyring.ts';
import { chooseSigningKey, type Signer } from './sign.ts';
import { verifySignature } from './verify.ts';

export interface GpgOptions {
  /** undefined: where GnuPG looks by itself. */
  home: string | undefined;
  /** Of the primary key. */
  fingerprint: string;
  /** undefined: GnuPG's agent knows it, or asks for it. */
  passphrase: string | undefined;
}

const LIST_TIMEOUT_MS = 60_000;
/** Somebody may have to find a smartcard and type its PIN. */
const SIGN_TIMEOUT_MS = 300_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const MAX_SAID = 2000;

/**
 * A signer whose secret key stays in GnuPG: under a passphrase, on a smartcard, or a subkey of a primary key that is
 * kept elsewhere. Every signature is checked as agents check it before it leaves here.
 */
export async function openGpgSigner(options: GpgOptions): Promise<Signer> {
  refuseLines(options.passphrase);
  const secret = await listSecretKeys(options);
  const exported = await gpg(options, ['--armor', '--export', options.fingerprint]);
  const publicKey = exported.stdout.toString('latin1');
  const signer = await readPublicKey(publicKey, options.fingerprint);
  const verdicts = await judgeKeys(signer, Date.now());
  const { fingerprint, curve } = chooseSigningKey(options.fingerprint, verdicts, (id) =>
    secret.usable.has(id.toHex().toUpperCase()),
  );
  return {
    fingerprint: options.fingerprint,
    publicKey,
    sign: (text) =>
      sign(text, { options, signer, signingFingerprint: fingerprint, digest: digestFor(curve) }),
  };
}

async function listSecretKeys(options: GpgOptions): Promise<SecretKeys> {
  const { fingerprint } = options;
  const { stdout } = await gpg(options, ['--with-colons', '--list-secret-keys', fingerprint]);
  const secret = parseSecretKeys(stdout.toString());
  if (secret.primary === fingerprint) return secret;
  throw new MigError(
    'key_fingerprint_mismatch',
    `${fingerprint} is a subkey of ${secret.primary}: the fingerprint of the primary key is needed`,
  );
}

async function sign(
  text: string,
  {
    options,
    signer,
    signingFingerprint,
    digest,
  }: { options: GpgOptions; signer: KeyringKey; signingFingerprint: string; digest: string },
): Promise<string> {
  const { passphrase } = options;
  const args = [
    ...(passphrase === undefined ? [] : ['--pinentry-mode', 'loopback', '--passphrase-fd', '0']),
    // A gpg.conf may say otherwise, and Go's openpgp reads only what MIG writes itself.
    '--no-armor',
    '--no-textmode',
    '--no-ask-sig-expire',
    '--default-sig-expire',
    '0',
    '--digest-algo',
    digest,
    '--local-user',
    `${signingFingerprint}!`,
    '--output',
    '-',
    '--detach-sign',
  ];
  // gpg takes the passphrase from the first line of this descriptor, and the text from what follows.
  const input = passphrase === undefined ? text : `${passphrase}\n${text}`;
  const { stdout, said } = await gpg(options, args, { input, timeoutMs: SIGN_TIMEOUT_MS });
  const signature = withChecksum(stdout.toString('base64'));
  await verifySignature([text], signature, { keyring: [signer], nowMs: Date.now() }).catch((cause) => {
    throw new MigError(
      'config_invalid',
      `gpg made a signature that no agent accepts: ${cause.message}${said}`,
      { cause },
    );
  });
  return signature;
}

/** SHA-256 as MIG's clients, or what the larger curves ask for. */
function digestFor(curve: string | undefined): string {
  if (curve === 'nistP384') return 'SHA384';
  return curve === 'nistP521' ? 'SHA512' : 'SHA256';
}

function refuseLines(passphrase: string | undefined): void {
  if (passphrase !== undefined && /[\r\n\0]/.test(passphrase))
    throw new MigError('config_invalid', 'the passphrase must be one line');
}

/** Runs gpg; when it fails, what it said is in the error. */
async function gpg(
  { home, passphrase }: GpgOptions,
  args: readonly string[],
  { input = '', timeoutMs = LIST_TIMEOUT_MS }: { input?: string; timeoutMs?: number } = {},
): Promise<{ stdout: Buffer; said: string }> {
  const place = home === undefined ? [] : ['--homedir', home];
  const run = await spawnGpg([...place, '--batch', ...args], { input, timeoutMs });
  const said = describe(run.stderr, passphrase);
  if (run.status === 0) return { stdout: run.stdout, said };
  const why = run.status === null ? ` within ${timeoutMs / 1000} s` : '';
  throw new MigError(
    'config_invalid',
    `gpg failed${why}, home ${home ?? '~/.gnupg'}${said}${hint(args, passphrase)}`,
  );
}

function hint(args: readonly string[], passphrase: string | undefined): string {
  const asks = args.includes('--detach-sign') && passphrase === undefined;
  if (!asks || process.stdin.isTTY || readEnv().GPG_TTY !== undefined) return '';
  return '\n  (there is no terminal to ask for a passphrase on; MIGPGPPASSPHRASE can carry it)';
}

/** Its lines, printable; a passphrase that it repeated is not. */
function describe(stderr: string, passphrase: string | undefined): string {
  const shown = passphrase ? stderr.replaceAll(passphrase, '…') : stderr;
  const lines = shown
    .slice(0, MAX_SAID)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const rest = shown.length > MAX_SAID ? ['…'] : [];
  return [...lines, ...rest].map((line) => `\n  ${printable(line)}`).join('');
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
    const env = { ...readEnv(), ...terminal() };
    const child = spawn('gpg', args, { stdio: ['pipe', 'pipe', 'pipe'], env });
    // Node's own timeout goes on after a program that could not be started.
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
    // A program that ends early reads nothing; its status says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(notStarted(cause));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      const [stdout, stderr] = [Buffer.concat(output.stdout), Buffer.concat(output.stderr)];
      resolve({ status, stdout, stderr: stderr.toString() });
    });
  });
}

function notStarted(cause: Error): MigError {
  const isMissing = (cause as { code?: unknown }).code === 'ENOENT';
  const why = isMissing
    ? 'is not installed (Debian: apt-get install gnupg)'
    : `cannot be started: ${cause.message}`;
  return new MigError('config_invalid', `gpg ${why}`, { cause });
}

/** Where GnuPG's agent may ask for a passphrase: standard input carries the text, so nobody can see it from there. */
function terminal(): { GPG_TTY?: string } {
  if (readEnv().GPG_TTY !== undefined || !process.stdin.isTTY) return {};
  const { status, stdout } = spawnSync('tty', { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return status === 0 ? { GPG_TTY: stdout.trim() } : {};
}
