import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireGnupg } from '../../dev/stack/programs/programs.ts';

/** A temporary GnuPG home with its own gpg-agent. */
export interface GnupgHome extends Disposable {
  folder: string;
  /** Runs gpg in this home. Throws gpg's message when it fails. */
  gpg(...args: string[]): Buffer;
  /** Creates a key, without a passphrase by default. Returns its fingerprint. */
  newKey(name: string, kind: string, options?: NewKey): string;
  addSubkey(fingerprint: string, kind: string, usage: 'sign' | 'encr'): void;
  publicKey(fingerprint: string): string;
  /** Makes the gpg-agent forget every passphrase. */
  forget(): void;
  /** Returns how often the gpg-agent asked for a passphrase. */
  timesAsked(): number;
}

export interface NewKey {
  usage?: 'sign,cert' | 'cert';
  expires?: string;
  passphrase?: string;
  /** The time of creation, such as `20240101T000000`. */
  at?: string;
}

/** The home is directly below /tmp: names of the gpg-agent's sockets have at most 108 bytes. */
export function openGnupgHome({ pinentrySays }: { pinentrySays?: string } = {}): GnupgHome {
  requireGnupg();
  const folder = mkdtempSync('/tmp/gnupg-');
  chmodSync(folder, 0o700);
  writePinentry(folder, pinentrySays);
  const run = (program: string, args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(program, ['--homedir', folder, ...args]);
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const gpg = (...args: string[]) => run('gpg', ['--batch', '--quiet', '--yes', ...args]);
  const loopback = ['--pinentry-mode', 'loopback'];
  const forget = () => void run('gpgconf', ['--kill', 'all']);
  return {
    folder,
    gpg,
    newKey(name, kind, { usage = 'sign,cert', expires = 'never', passphrase = '', at } = {}) {
      const time = at === undefined ? [] : ['--faked-system-time', at];
      gpg(...time, ...loopback, '--passphrase', passphrase, '--quick-gen-key', name, kind, usage, expires);
      const listing = gpg('--with-colons', '--list-keys', `=${name}`).toString();
      const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1];
      if (fingerprint === undefined) throw new Error(`gpg lists no key of ${name}`);
      return fingerprint;
    },
    addSubkey(fingerprint, kind, usage) {
      gpg(...loopback, '--passphrase', '', '--quick-add-key', fingerprint, kind, usage, 'never');
    },
    publicKey: (fingerprint) => gpg('--armor', '--export', fingerprint).toString(),
    forget,
    timesAsked() {
      const asked = join(folder, 'asked');
      return existsSync(asked) ? readFileSync(asked, 'utf8').length : 0;
    },
    [Symbol.dispose]() {
      forget();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes a pinentry program that answers with this passphrase, or cancels without one. */
function writePinentry(folder: string, says: string | undefined): void {
  const answer = says === undefined ? `echo 'ERR 83886179 canceled'` : `echo 'D ${says}'; echo OK`;
  const script = `#!/bin/sh
echo 'OK ready'
while read -r line; do
  case "$line" in
    GETPIN*) printf x >> '${folder}/asked'; ${answer} ;;
    BYE*) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
`;
  const file = join(folder, 'pinentry.sh');
  writeFileSync(file, script, { mode: 0o755 });
  writeFileSync(join(folder, 'gpg-agent.conf'), `pinentry-program ${file}\n`);
}

/**
 * Writes a `gpg` that records its arguments and environment, and then runs the real gpg or `instead`. Returns a PATH with
 * it in front.
 */
export function writeRecordingGpg(folder: string, instead?: string): { path: string; recorded(): string } {
  const real = spawnSync('sh', ['-c', 'command -v gpg'], { encoding: 'utf8' }).stdout.trim();
  const bin = join(folder, instead === undefined ? 'recording' : 'instead');
  const log = join(bin, 'log');
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, '');
  const script = `#!/bin/sh\n{ printf '%s\\n' "$@"; env; } >> '${log}'\n${instead ?? `exec '${real}' "$@"`}\n`;
  writeFileSync(join(bin, 'gpg'), script, { mode: 0o755 });
  return { path: `${bin}:${process.env.PATH}`, recorded: () => readFileSync(log, 'utf8') };
}
