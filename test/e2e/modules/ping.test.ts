import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, inject, test } from 'vitest';
import { runAgent } from '../../setup/agent-process.ts';

const TERMS = { timeoutms: 60_000, maxbytes: 4_000_000 };

interface Answer {
  foundanything: boolean;
  success: boolean;
  elements: { latencies: number[] | null; resolvedhost: string; failures: string[] | null } | null;
  errors: string[] | null;
  limits?: string[];
}

/** Runs the module as an agent does. */
async function ping(parameters: object, terms = TERMS): Promise<Answer> {
  const input = JSON.stringify({ class: 'parameters', parameters, terms });
  const { stdout } = await runAgent(inject('agentExecutable'), ['-m', 'ping'], { input });
  return JSON.parse(stdout);
}

test('tcp reaches a port that listens, also by a literal IPv6 address', async () => {
  const server = createServer().listen(0, '::');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    for (const destination of ['127.0.0.1', '::1']) {
      const answer = await ping({ protocol: 'tcp', destination, destinationport: port, count: 2 });
      expect(answer).toMatchObject({ foundanything: true, success: true, errors: null });
      expect(answer.elements?.latencies?.map((ms) => ms > 0)).toEqual([true, true]);
      expect(answer.elements?.resolvedhost).toBe(`${destination}:${port} (${destination})`);
    }
  } finally {
    server.close();
  }
});

test('a refused connection is an answer', async () => {
  const answer = await ping({ protocol: 'tcp', destination: '127.0.0.1', destinationport: 1, count: 1 });
  expect(answer).toMatchObject({ foundanything: false, success: true, elements: { latencies: [-1] } });
});

test('udp tells an answer, silence and a closed port apart', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const parameters = {
    protocol: 'udp',
    destination: '127.0.0.1',
    destinationport: socket.address().port,
    count: 1,
  };
  const silent = await ping({ ...parameters, timeout: 0.2 });
  socket.on('message', (message, { port, address }) => socket.send(message, port, address));
  const answered = await ping(parameters);
  await new Promise<void>((resolve) => socket.close(resolve));
  const closed = await ping(parameters);
  expect(silent).toMatchObject({ foundanything: true, elements: { latencies: [9_999_999] } });
  expect(answered.foundanything).toBe(true);
  expect(answered.elements?.latencies?.[0]).toBeLessThan(5000);
  expect(closed).toMatchObject({ foundanything: false, elements: { latencies: [-1] } });
});

test('icmp gets replies of this machine, or says which right is missing', async () => {
  const answer = await ping({ protocol: 'icmp', destination: '127.0.0.1', count: 2 });
  if (process.getuid?.() === 0) {
    expect(answer).toMatchObject({ foundanything: true, elements: { failures: null } });
    expect(answer.elements?.latencies?.map((ms) => ms > 0 && ms < 5000)).toEqual([true, true]);
  } else if (!answer.foundanything) {
    expect(answer.errors?.[0]).toContain('icmp ping needs the capability CAP_NET_RAW');
  }
});

test('a ping without an end stops at its deadline, and says where', async () => {
  const parameters = { protocol: 'tcp', destination: '127.0.0.1', destinationport: 1, count: 1_000_000 };
  const answer = await ping(parameters, { ...TERMS, timeoutms: 3000 });
  expect(answer.success).toBe(true);
  expect(answer.elements?.latencies?.length).toBeGreaterThan(0);
  expect(answer.errors?.[0]).toMatch(
    /^the ping reached its time limit: \d+ of 1000000 probes were completed$/,
  );
  expect(answer.limits).toEqual(answer.errors);
});
