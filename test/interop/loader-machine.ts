import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '../../contract/digest.ts';
import { hasPermission } from '../../contract/permissions.ts';
import { manifestText } from '../../contract/rules/manifest.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { makeTarGzip } from '../setup/tar-archive.ts';
import type { Rig } from './rig.ts';
import { type ProgramRun, runGoProgram } from './run-go-program.ts';

export type Files = Readonly<Record<string, string>>;

/** A machine on which MIG's loader runs as root: folders of its own, and the programs of this machine. */
export interface LoaderMachine {
  loaderId: number;
  name: string;
  keyFile: string;
  run(...args: string[]): Promise<ProgramRun>;
  /** The content of a file; undefined when there is none. */
  read(path: string): string | undefined;
  write(path: string, text: string, mode?: number): void;
  mode(path: string): number;
}

interface MachineOptions {
  /** More lines for `[loader]`. */
  settings?: readonly string[];
  /** Whose keys are in loaderkeys/. */
  signers?: readonly ('bob' | 'john')[];
}

const MIG_BINARY = '/opt/mig-loader';
/** MIG's loader has fixed paths: it runs in a root folder of its own, in which the programs of this machine appear. */
const ENTER = `
for d in usr bin lib lib64 proc dev; do
  [ -e /$d ] || continue
  if [ -L /$d ]; then ln -sfn "$(readlink /$d)" "$1/$d"; else mkdir -p "$1/$d" && mount --rbind "/$d" "$1/$d"; fi
done
root=$1 && shift && exec chroot "$root" "$@"
`;
/** A stand-in for MIG's agent, which notes what it is asked to do. It runs after -u, and ends at shutdown. */
export const AGENT = `#!/bin/sh
echo "$*" >> /asked
case "$*" in
  '-q pid') cat /pid ;;
  '-q shutdown') rm -f /pid ;;
  -u) echo 4242 > /pid ;;
esac
`;

let serial = 0;

export async function openLoaderMachine(
  rig: Rig,
  { settings = [], signers = ['bob', 'john'] }: MachineOptions = {},
): Promise<LoaderMachine> {
  const name = `machine-${serial++}`;
  const root = join(rig.folder, name);
  const apiUrl = rig.testbed.stack.api.url;
  const { id, key } = await addLoader(rig, name);
  const write = (path: string, text: string, mode = 0o600) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    chmodSync(join(root, path), mode);
  };
  for (const folder of ['sbin', 'var/lib/mig', 'tmp', 'opt'])
    mkdirSync(join(root, folder), { recursive: true });
  write(MIG_BINARY, '', 0o700);
  writeFileSync(join(root, MIG_BINARY), readFileSync(rig.executables['mig-loader']));
  write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n', 0o644);
  write('/etc/os-release', 'PRETTY_NAME="Interop 1"\n', 0o644);
  write('/etc/mig/mig-loader.key', `${key}\n`);
  for (const who of signers) write(`/etc/mig/loaderkeys/${who}`, rig.people[who].publicKey);
  const lines = [`api = "${apiUrl}/"`, 'requiredsignatures = 2', ...settings];
  write(
    '/etc/mig/mig-loader.cfg',
    `[loader]\n${lines.join('\n')}\n[logging]\nmode = "stdout"\nlevel = "info"\n`,
  );
  const rights = process.getuid?.() === 0 ? '-m' : '-rm';
  return {
    loaderId: id,
    name,
    keyFile: '/etc/mig/mig-loader.key',
    run: (...args) =>
      runGoProgram('unshare', [rights, 'sh', '-c', ENTER, 'sh', root, MIG_BINARY, ...args], {
        env: { PATH: process.env.PATH ?? '' },
      }),
    read: (path) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined),
    write,
    mode: (path) => statSync(join(root, path)).mode & 0o7777,
  };
}

/** Publishes a manifest for one machine, signed by Bob and John. Returns its id. */
export async function publishFor(
  rig: Rig,
  { name, target, files }: { name: string; target?: string; files: Files },
): Promise<number> {
  const { bob, john } = await callersOf(rig);
  const manifestName = `manifest-${serial++}`;
  const content = makeTarGzip(
    new Map(Object.entries(files).map(([file, text]) => [file, Buffer.from(text)])),
  );
  const manifest = {
    name: manifestName,
    target: target ?? `loadername='${name}'`,
    content: content.toString('base64'),
    status: 'staged',
  };
  await bob.form('/manifest/new/', { manifest: JSON.stringify(manifest) });
  const { id } = firstValue(await bob.get(`/search?type=manifest&manifestname=${manifestName}`));
  const entries = Object.entries(files).map(([file, text]) => ({ name: file, sha256: sha256Hex(text) }));
  for (const by of [bob, john]) {
    const signature = await signText(manifestText(entries), by.key);
    const { status, text } = await by.form('/manifest/sign/', { manifestid: String(id), signature });
    if (status !== 200) throw new Error(`signing answered ${status}: ${text}`);
  }
  return id;
}

/** Bob, who may do everything, and John, who gets the right to sign manifests. */
export const callersOf = (rig: Rig): Promise<{ bob: ApiCaller; john: ApiCaller }> => rig.once(openCallers);

async function openCallers({ testbed, people }: Rig): Promise<{ bob: ApiCaller; john: ApiCaller }> {
  const { rows } = await testbed.db.query('SELECT permissions FROM investigators WHERE pgpfingerprint = $1', [
    people.john.fingerprint,
  ]);
  const permissions = Number(rows[0].permissions);
  if (!hasPermission(permissions, 'manifest_sign')) {
    await testbed.db.query(
      'UPDATE investigators SET permissions = permissions | 4096 WHERE pgpfingerprint = $1',
      [people.john.fingerprint],
    );
  }
  const [bob, john] = await Promise.all(
    [people.bob, people.john].map((key) => createApiCaller(testbed.stack.api.url, key)),
  );
  if (!bob || !john) throw new Error('two callers were made');
  return { bob, john };
}

async function addLoader(rig: Rig, name: string): Promise<{ id: number; key: string }> {
  const { bob } = await callersOf(rig);
  const { id, prefix, key } = firstValue(
    await bob.form('/loader/new/', { loader: JSON.stringify({ name }) }),
  );
  await bob.form('/loader/status/', { loaderid: String(id), status: 'enabled' });
  return { id, key: `${prefix}${key}` };
}

function firstValue({ body, text }: Awaited<ReturnType<ApiCaller['get']>>) {
  const value = body.collection.items?.[0]?.data[0]?.value;
  if (value === undefined) throw new Error(text);
  return value;
}
