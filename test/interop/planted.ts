import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Rig } from './rig.ts';

/** What the modules are asked about on this machine. */
export interface Planted {
  /** A folder of files. */
  files: string;
  /** A folder of keys of OpenSSH. */
  keys: string;
  /** A policy of scribe. */
  policy: string;
  /** A TCP port with a listener, and a connection to it. */
  port: number;
  /** The name of a process. */
  process: string;
}

/** The address of the planted connection: nothing else on the machine uses it. */
export const LOCAL_ADDRESS = '127.0.0.77';

export async function plant(rig: Rig): Promise<Planted> {
  const files = join(rig.folder, 'planted');
  mkdirSync(join(files, 'below', 'deeper'), { recursive: true });
  writeFileSync(join(files, 'needle.txt'), 'hay\nneedle\n', { mode: 0o640 });
  writeFileSync(join(files, 'hay.txt'), 'hay\nhay\n');
  writeFileSync(join(files, 'large.bin'), Buffer.alloc(100_000, 'x'));
  writeFileSync(join(files, 'packed.gz'), gzipSync('hay\nneedle\n'));
  writeFileSync(join(files, 'below', 'needle.log'), 'needle\n');
  writeFileSync(join(files, 'below', 'deeper', 'needle.log'), 'needle\n');
  const policy = join(rig.folder, 'policy.json');
  writeFileSync(policy, JSON.stringify(POLICY));
  return {
    files,
    policy,
    keys: plantKeys(rig),
    port: await plantConnection(rig),
    process: await plantProcess(rig),
  };
}

function plantKeys(rig: Rig): string {
  const folder = join(rig.folder, 'keys', 'below');
  mkdirSync(folder, { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const { n, e } = publicKey.export({ format: 'jwk' });
  const parts = [
    'ssh-rsa',
    Buffer.from(e ?? '', 'base64url'),
    Buffer.concat([Buffer.alloc(1), Buffer.from(n ?? '', 'base64url')]),
  ];
  const blob = Buffer.concat(parts.flatMap((part) => [lengthOf(part), Buffer.from(part)]));
  writeFileSync(join(folder, '..', 'id_rsa'), pem, { mode: 0o600 });
  writeFileSync(join(folder, '..', 'authorized_keys'), `ssh-rsa ${blob.toString('base64')} somebody\n`);
  writeFileSync(join(folder, 'id_rsa'), pem, { mode: 0o600 });
  return join(folder, '..');
}

function lengthOf(part: string | Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return length;
}

const POLICY = {
  objects: [{ object: 'passwd', filecontent: { path: '/etc', file: '^passwd$', expression: '^(root):' } }],
  tests: [
    { test: 'root-exists', object: 'passwd', regexp: { value: 'root' } },
    { test: 'nobody-else', object: 'passwd', regexp: { value: 'no-such-user' } },
  ],
};

async function plantConnection(rig: Rig): Promise<number> {
  const server = createServer(() => {});
  server.listen(0, LOCAL_ADDRESS);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: LOCAL_ADDRESS, port, localAddress: LOCAL_ADDRESS });
  await once(socket, 'connect');
  rig.defer(() => {
    socket.destroy();
    server.close();
  });
  return port;
}

async function plantProcess(rig: Rig): Promise<string> {
  const name = 'mig-interop-sleeper';
  const executable = join(rig.folder, name);
  copyFileSync('/bin/sleep', executable);
  const child = spawn(executable, ['100000'], { stdio: 'ignore' });
  rig.defer(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return name;
}
