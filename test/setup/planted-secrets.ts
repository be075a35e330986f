import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeCertificates } from '../../dev/stack/services/certificates.ts';
import { createResources } from '../../platform/async/resources.ts';

/** Random texts in the places of this machine that modules read. None may leave it. */
export interface PlantedSecrets extends AsyncDisposable {
  folder: string;
  /** Finds each secret without containing one. */
  pattern: string;
  /** The secrets by where they are. */
  secrets: ReadonlyMap<string, string>;
  /** The agent's own secrets. */
  relay: string;
  settings: string;
  /** Runs a program where the package database is the planted one. */
  withPackages: string[];
  /** In the path of every file below the folder `documents`. */
  fileName: string;
  /** The path of an executable that runs with secrets in its memory, arguments and environment. */
  subject: string;
  /** The other end of a connection to the port, which greets with a secret. */
  peer: string;
  port: number;
}

const PREFIX = 'planted';

export async function plantSecrets(): Promise<PlantedSecrets> {
  const resources = createResources();
  const folder = mkdtempSync(join(tmpdir(), 'mig-privacy-'));
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const secrets = new Map<string, string>();
  const plant = (where: string) => {
    const secret = `${PREFIX}${randomBytes(15).toString('hex')}`;
    secrets.set(where, secret);
    return secret;
  };
  const fileName = `name${randomBytes(9).toString('hex')}`;
  const documents = join(folder, 'documents', fileName);
  mkdirSync(documents, { recursive: true });
  writeDocuments(documents, plant);
  writeKeys(join(documents, '.ssh'), plant, secrets);
  const tls = join(folder, 'tls');
  await makeCertificates(tls);
  addPrivateKey(join(tls, 'client.key'), secrets);
  const subject = await startSubject(folder, plant);
  resources.defer(() => subject.child.kill('SIGKILL'));
  const peer = await startGreeter(plant('the greeting of a server'));
  resources.use(peer);
  return {
    folder: join(folder, 'documents'),
    pattern: `${PREFIX}[0-9a-f]+`,
    secrets,
    relay: `amqps://agent:${plant('the password of the relay')}@127.0.0.1:1/`,
    settings: [
      `proxies = "operator:${plant('the password of the proxy')}@127.0.0.1:1"`,
      '[certs]',
      `ca = "${tls}/ca.crt"`,
      `cert = "${tls}/client.crt"`,
      `key = "${tls}/client.key"`,
    ].join('\n'),
    withPackages: writePackages(join(folder, 'dpkg'), plant),
    fileName,
    subject: subject.path,
    peer: peer.address,
    port: peer.port,
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

type Plant = (where: string) => string;

function writeDocuments(folder: string, plant: Plant): void {
  writeFileSync(join(folder, 'notes.txt'), `user=ada\npassword=${plant('a file')}\n`);
  writeFileSync(join(folder, 'notes.gz'), gzipSync(`password=${plant('a compressed file')}\n`));
}

/** Only fingerprints leave: the base64 of the private key is a secret, and that of the public key, too. */
function writeKeys(folder: string, plant: Plant, secrets: Map<string, string>): void {
  mkdirSync(folder);
  const key = join(folder, 'id_ed25519');
  const comment = plant('the comment of a key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', key]);
  const [type = '', blob = ''] = readFileSync(`${key}.pub`, 'utf8').split(' ');
  addPrivateKey(key, secrets);
  secrets.set('a public key', blob);
  const option = `command="run ${plant('an option of authorized_keys')}"`;
  writeFileSync(
    join(folder, 'authorized_keys'),
    `${option} ${type} ${blob} ${plant('the comment of authorized_keys')}\n`,
  );
}

function addPrivateKey(file: string, secrets: Map<string, string>): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const line of lines.filter(({ length }) => length >= 60)) secrets.set(`${file}: ${line}`, line);
}

const SUBJECT = `
  process.stdin.once('data', (secret) => {
    globalThis.kept = Buffer.from(secret);
    console.log('ready');
    setInterval(() => globalThis.kept[0], 1000);
  });
`;

async function startSubject(folder: string, plant: Plant): Promise<{ path: string; child: ChildProcess }> {
  const path = join(folder, 'mig-privacy-subject');
  copyFileSync(process.execPath, path);
  const child = spawn(path, ['-e', SUBJECT, plant('a command line')], {
    env: { TOKEN: plant('an environment') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.write(plant('the memory of a process'));
  if (child.stdout) await once(child.stdout, 'data');
  return { path, child };
}

/** A server with one client, whose address no other program uses. */
async function startGreeter(greeting: string): Promise<{ address: string; port: number } & AsyncDisposable> {
  const address = `127.${[1, 2, 3].map(() => 1 + (randomBytes(1).readUInt8() % 254)).join('.')}`;
  const server = createServer((socket) => socket.on('error', () => {}).write(greeting));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', localAddress: address });
  await once(client, 'data');
  return {
    address,
    port,
    async [Symbol.asyncDispose]() {
      client.destroy();
      server.close();
    },
  };
}

/** Writes a database of dpkg. Returns what runs a program in a mount namespace that has it instead of the real one. */
function writePackages(folder: string, plant: Plant): string[] {
  mkdirSync(join(folder, 'info'), { recursive: true });
  const fields = [
    'Package: planted-package',
    'Status: install ok installed',
    `Maintainer: ${plant('the maintainer of a package')} <a@example.net>`,
    'Architecture: all',
    'Version: 1.0-1',
    `Description: ${plant('the description of a package')}`,
    ` ${plant('the long description of a package')}`,
  ];
  writeFileSync(join(folder, 'status'), `${fields.join('\n')}\n\n`);
  const script = 'mount --bind "$1" /var/lib/dpkg && shift && exec "$@"';
  return ['unshare', process.getuid?.() === 0 ? '-m' : '-rm', 'sh', '-c', script, 'sh', folder];
}

/** Returns where those secrets are that a text has, as they are, in hex or in base64. */
export function leakedSecrets(text: string, secrets: ReadonlyMap<string, string>): string[] {
  const lower = text.toLowerCase();
  const has = (secret: string) =>
    text.includes(secret) ||
    lower.includes(Buffer.from(secret).toString('hex')) ||
    base64Forms(secret).some((form) => text.includes(form));
  return [...secrets].flatMap(([where, secret]) => (has(secret) ? [where] : []));
}

/** The base64 of a text within another one, at each of the three places where it may begin. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from(`${'-'.repeat(offset)}${text}`);
    const begin = Math.ceil((offset * 4) / 3);
    const whole = Math.floor(bytes.length / 3) * 4;
    return [bytes.toString('base64'), bytes.toString('base64url')].map((form) => form.slice(begin, whole));
  });
}
