import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, expect, inject, test } from 'vitest';
import { waitFor } from '../../../dev/wait-for.ts';
import type { Finding } from '../../../modules/netstat/finding.ts';
import { createResources } from '../../../platform/async/resources.ts';
import { runAgent } from '../../setup/agent-process.ts';

const resources = createResources();
afterAll(() => resources[Symbol.asyncDispose]());

const TERMS = { timeoutms: 60_000, maxbytes: 4_000_000 };

/** Runs the module as an agent does. */
async function netstat(parameters: object, wrapper: readonly string[] = []) {
  const input = JSON.stringify({ class: 'parameters', parameters, terms: TERMS });
  const [program = '', ...args] = [...wrapper, inject('agentExecutable'), '-m', 'netstat'];
  const { stdout } = await runAgent(program, args, { input });
  return JSON.parse(stdout) as {
    success: boolean;
    elements: Record<string, Record<string, Finding[] | null>>;
    errors: string[] | null;
  };
}

/** Every socket that `ss` lists for a port: `local remote`, sorted. */
function socketsOf(port: number, wrapper: readonly string[] = []): string[] {
  const [command = 'ss', ...args] = [...wrapper, 'ss', '-Htuan', `( sport = :${port} or dport = :${port} )`];
  const lines = execFileSync(command, args, { encoding: 'utf8' }).split('\n');
  const rows = lines.filter((line) => line !== '').map((line) => line.split(/\s+/).slice(4, 6));
  return rows.map((ends) => ends.map(plain).join(' ')).sort();
}

/** As the module writes an end: without brackets, zone and the prefix of mapped addresses; 0 for any port. */
function plain(end: string): string {
  const [, host = '', port = ''] = /^(.*):(\d+|\*)$/.exec(end) ?? [];
  const address = host.replace(/[[\]]|%.*$/g, '').replace('::ffff:', '');
  return `${address === '*' ? '::' : address} ${port === '*' ? 0 : port}`;
}

function ends(findings: readonly Finding[] | null | undefined, port: number): string[] {
  return (findings ?? [])
    .filter(({ localport, remoteport }) => localport === port || remoteport === port)
    .map(({ localaddr, localport = 0, remoteaddr, remoteport = 0 }) => [
      localaddr,
      localport,
      remoteaddr,
      remoteport,
    ])
    .map((parts) => parts.join(' '))
    .sort();
}

async function listen(host: string): Promise<{ server: Server; port: number; accepted: Socket[] }> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket));
  server.listen(0, host);
  await once(server, 'listening');
  resources.defer(() => {
    for (const socket of accepted) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port, accepted };
}

async function dial(port: number, host: string): Promise<Socket> {
  const socket = connect({ port, host, allowHalfOpen: true });
  resources.defer(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test.each([
  ['IPv4', '127.0.0.1', '127.0.0.1'],
  ['IPv6', '::1', '::1'],
  ['IPv4 mapped into IPv6', '::', '127.0.0.1'],
])('sockets of %s in every state are those that ss lists', async (_, host, target) => {
  const { port, accepted } = await listen(host);
  await dial(port, target);
  const halfClosed = await dial(port, target);
  const closed = await dial(port, target);
  await waitFor('three connections', () => accepted.length === 3);
  halfClosed.end();
  closed.end();
  accepted[2]?.end();
  accepted[2]?.resume();
  const states = () =>
    execFileSync('ss', ['-Htan', `( sport = :${port} or dport = :${port} )`], { encoding: 'utf8' })
      .split('\n')
      .flatMap((line) => line.split(/\s+/)[0] || []);
  await waitFor('every state', () =>
    ['LISTEN', 'ESTAB', 'FIN-WAIT-2', 'CLOSE-WAIT', 'TIME-WAIT'].every((state) => states().includes(state)),
  );
  const expected = socketsOf(port);
  const { elements } = await netstat({
    connectedip: ['0.0.0.0/0', '::/0'],
    listeningport: [String(port)],
  });
  const found = Object.values(elements.connectedip ?? {}).flatMap((findings) => ends(findings, port));
  expect(socketsOf(port)).toEqual(expected);
  expect(found.sort()).toEqual(expected);
  expect(elements.listeningport?.[port]).toHaveLength(
    expected.filter((line) => line.split(' ')[1] === String(port)).length,
  );
});

test('a UDP socket with and without a remote end is found', async () => {
  const [server, client] = [createSocket('udp4'), createSocket('udp4')];
  resources.defer(() => [server, client].map((socket) => socket.close()));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  client.connect(port, '127.0.0.1');
  await once(client, 'connect');
  const { elements } = await netstat({ connectedip: ['127.0.0.1', '0.0.0.0'] });
  const found = Object.values(elements.connectedip ?? {}).flatMap((findings) => ends(findings, port));
  expect(found.sort()).toEqual(socketsOf(port));
});

test('the interfaces and neighbors are those that the kernel and the runtime show', async () => {
  const { elements } = await netstat({
    localip: ['0.0.0.0/0', '::/0'],
    localmac: ['.'],
    neighborip: ['0.0.0.0/0'],
  });
  const addresses = Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address),
  );
  const found = Object.values(elements.localip ?? {}).flatMap((list) =>
    (list ?? []).map(({ localaddr }) => localaddr),
  );
  expect(found.sort()).toEqual(addresses.sort());
  const macs = execFileSync('ip', ['-o', 'link'], { encoding: 'utf8' }).matchAll(
    /link\/\w+ ([0-9a-f:]{17})/g,
  );
  const real = [...macs].flatMap(([, mac]) => (mac === '00:00:00:00:00:00' ? [] : [mac]));
  expect(elements.localmac?.['.']?.map(({ localmacaddr }) => localmacaddr).sort()).toEqual(real.sort());
  const arp = readFileSync('/proc/net/arp', 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(/\s+/)[0]);
  expect((elements.neighborip?.['0.0.0.0/0'] ?? []).map(({ remoteaddr }) => remoteaddr).sort()).toEqual(
    arp.sort(),
  );
});

/** Starts a server in a network namespace of its own. */
async function listenInNamespace(): Promise<{ child: ChildProcess; pid: number; port: number }> {
  const code = `require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const isRoot = process.getuid?.() === 0;
  const script = 'ip link set lo up && exec "$0" -e "$1"';
  const child = spawn('unshare', [isRoot ? '-n' : '-rn', 'sh', '-c', script, process.execPath, code]);
  resources.defer(() => child.kill('SIGKILL'));
  const [port] = await once(child.stdout, 'data');
  return { child, pid: child.pid as number, port: Number(port) };
}

test('sockets of another network namespace are found with -namespaces, and only with it', async () => {
  const { pid, port } = await listenInNamespace();
  const wrapper = ['nsenter', ...(process.getuid?.() === 0 ? [] : ['-U', '--preserve-credentials'])];
  const expected = socketsOf(port, [...wrapper, '-n', '-t', String(pid)]);
  expect(expected).toHaveLength(1);
  const namespace = readlinkSync(`/proc/${pid}/ns/net`);
  const ofIt = (findings: Finding[] | null | undefined) =>
    (findings ?? []).filter((one) => one.namespace === namespace);
  const { elements } = await netstat({
    listeningport: [String(port)],
    connectedip: ['0.0.0.0'],
    namespaces: true,
  });
  expect(ends(ofIt(elements.connectedip?.['0.0.0.0']), port)).toEqual(expected);
  expect(ofIt(elements.listeningport?.[port])).toEqual([
    { localaddr: '127.0.0.1', localport: port, namespace },
  ]);
  const without = await netstat({ connectedip: ['0.0.0.0'] });
  const names = new Set(without.elements.connectedip?.['0.0.0.0']?.map((one) => one.namespace));
  expect([...names]).toEqual(['default']);
});

test('hardware addresses are those of the network that the agent is in, whatever /sys shows', async () => {
  const isRoot = process.getuid?.() === 0;
  const wrapper = ['unshare', isRoot ? '-n' : '-rn'];
  const { elements } = await netstat({ localmac: [':'] }, wrapper);
  expect(elements.localmac).toEqual({ ':': null });
});
