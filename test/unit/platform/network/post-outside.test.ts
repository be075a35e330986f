import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseNetwork } from '../../../../contract/go/ip-network.ts';
import { makeCertificates } from '../../../../dev/stack/services/certificates.ts';
import { type PostRules, postOutside } from '../../../../platform/network/post-outside.ts';
import { defined } from '../../../setup/defined.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-post-'));
const pem = (name: string) => readFileSync(join(folder, name), 'utf8');
beforeAll(() => makeCertificates(folder));
afterAll(() => rmSync(folder, { recursive: true }));

async function listen(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Posts from a machine whose webhooks may reach it. */
function postTo(url: string, rules: Partial<PostRules> = {}) {
  return postOutside(
    { url, headers: { 'webhook-id': 'evt_1' }, body: '{}' },
    {
      allowed: [defined(parseNetwork('127.0.0.0/8'))],
      ca: undefined,
      timeoutMs: 2_000,
      resolve: async () => ['127.0.0.1'],
      signal: new AbortController().signal,
      ...rules,
    },
  );
}

describe('a receiver with a certificate of its own authority', () => {
  const openHttps = () => {
    const posts: string[] = [];
    const server = createHttpsServer(
      { cert: pem('relay.crt'), key: pem('relay.key') },
      (request, response) => {
        posts.push(request.url ?? '');
        response.writeHead(204).end();
      },
    );
    return { posts, listening: listen(server) };
  };

  test('gets events when the authority is configured', async () => {
    const { posts, listening } = openHttps();
    await using server = await listening;
    const answer = await postTo(`https://localhost:${server.port}/hook`, { ca: pem('ca.crt') });
    expect(answer.status).toBe(204);
    expect(posts).toEqual(['/hook']);
  });

  test('gets nothing without it, nor under a name that the certificate does not have', async () => {
    const { posts, listening } = openHttps();
    await using server = await listening;
    await expect(postTo(`https://localhost:${server.port}/`)).rejects.toThrow(
      'unable to verify the first certificate; MIG_WEBHOOK_CA_FILE names the authority of your own receivers',
    );
    await expect(postTo(`https://hooks.example.net:${server.port}/`, { ca: pem('ca.crt') })).rejects.toThrow(
      "hooks.example.net. is not in the cert's altnames",
    );
    expect(posts).toEqual([]);
  });
});

describe('a receiver that never comes to its answer is left at the limit', () => {
  const slow = async (treat: (socket: Socket) => void, protocol: 'http' | 'https' = 'http') => {
    await using server = await listen(createServer(treat));
    const begin = Date.now();
    await expect(postTo(`${protocol}://127.0.0.1:${server.port}/`, { timeoutMs: 500 })).rejects.toThrow(
      'no answer within 0.5 seconds',
    );
    expect(Date.now() - begin).toBeLessThan(2_000);
  };

  test('within TLS', () => slow((socket) => socket.resume(), 'https'));
  test('as it reads nothing', () => slow((socket) => socket.pause()));
  test('after an early hint', () => slow((socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')));

  test('as its name has no end', async () => {
    await expect(
      postTo('https://hooks.example.net/', { timeoutMs: 200, resolve: () => new Promise(() => {}) }),
    ).rejects.toThrow('no answer within 0.2 seconds');
  });
});

test('a receiver that sends interim answers without end is left after a few', async () => {
  await using server = await listen(
    createServer((socket) => {
      const more = () => {
        while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000)));
      };
      socket.on('drain', more);
      socket.resume();
      more();
    }),
  );
  const begin = Date.now();
  await expect(postTo(`http://127.0.0.1:${server.port}/`, { timeoutMs: 10_000 })).rejects.toThrow(
    'too many interim answers',
  );
  expect(Date.now() - begin).toBeLessThan(5_000);
});

test.each([
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
  'HTTP/1.1 0200 OK\r\n\r\n',
])('an answer that is none is no success: %j', async (text) => {
  await using server = await listen(createServer((socket) => socket.end(text)));
  await expect(postTo(`http://127.0.0.1:${server.port}/`)).rejects.toThrow();
});

describe('without an allowed network', () => {
  const REFUSED = /leads to .*, which MIG_WEBHOOK_ALLOW does not allow/;

  test.each([
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://0.0.0.0/',
    'https://0/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b:1::10.0.0.1]/',
    'https://[2002:a00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://①②⑦.⓪.⓪.①/',
    'https://127。0。0。1/',
  ])('%s is refused', async (url) => {
    await expect(postTo(url, { allowed: [] })).rejects.toThrow(REFUSED);
  });

  test.each([
    '127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::a00:1',
    '::',
    'fe80::1%lo',
    '0.0.0.0',
    'nonsense',
  ])('a name with the address %s is refused', async (address) => {
    const resolve = async () => ['93.184.215.14', address];
    await expect(postTo('https://hooks.example.net/', { allowed: [], resolve })).rejects.toThrow(REFUSED);
  });
});
