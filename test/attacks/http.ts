import { gzipSync } from 'node:zlib';
import { anonymousMegabytes } from '../../dev/simulation/resident-memory.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import { isClosedWithin, openSocket, requestHead, sendRaw } from './raw-http.ts';
import { REQUEST_TIMEOUT_MS, type Rig } from './rig.ts';

const PARSER = 'limits of the HTTP parser';
const DEADLINE = 'deadlines for headers and bodies, and a request counts only with its body';
const NO_HEARTBEATS = 'heartbeats over HTTP are off unless configured';
const EDGE = 'every input is checked at the edge: 400, never 500';

/** A request that must be answered with one of these statuses. */
function answered(
  name: string,
  wall: string,
  expected: readonly number[],
  bytes: (rig: Rig) => string | Buffer,
): Attack {
  return {
    name: `HTTP: ${name}`,
    holder: 'no credentials',
    wall,
    async run(rig) {
      const { status, text } = await sendRaw(rig.apiUrl, bytes(rig));
      return stoppedIf(expected.includes(status), brief(`${status} ${text.split('\r\n\r\n')[1] ?? ''}`));
    },
  };
}

const path = (rig: Rig, rest: string) => `${new URL(rig.apiUrl).pathname}${rest}`;
const get = (rest: string, headers?: Record<string, string>) => (rig: Rig) =>
  requestHead(`GET ${path(rig, rest)} HTTP/1.1`, headers);
const post =
  (rest: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  (rig: Rig) =>
    Buffer.concat([
      Buffer.from(
        requestHead(`POST ${path(rig, rest)} HTTP/1.1`, {
          'Content-Length': String(Buffer.byteLength(body)),
          ...headers,
        }),
      ),
      Buffer.from(body),
    ]);

/** Holds many connections that never finish. Other requests must still be answered, during the attack and afterwards. */
function hold(
  name: string,
  { count, bytes, closedMs }: { count: number; bytes: (rig: Rig) => string; closedMs: number },
): Attack {
  return {
    name: `HTTP: ${name}`,
    holder: 'no credentials',
    wall: DEADLINE,
    async run(rig) {
      const sockets = await Promise.all(Array.from({ length: count }, () => openSocket(rig.apiUrl)));
      for (const socket of sockets) socket.write(bytes(rig));
      const startMs = performance.now();
      const answer = await rig.bob.get('/dashboard');
      const ms = Math.round(performance.now() - startMs);
      const areClosed = await Promise.all(sockets.map((socket) => isClosedWithin(socket, closedMs)));
      for (const socket of sockets) socket.destroy();
      const closed = areClosed.filter(Boolean).length;
      return stoppedIf(
        answer.status === 200 && closed === count,
        `${closed} of ${count} were closed; a good request was answered ${answer.status} after ${ms} ms`,
      );
    },
  };
}

export const HTTP_ATTACKS: readonly Attack[] = [
  hold('250 idle sockets', { count: 250, bytes: () => '', closedMs: 4 * REQUEST_TIMEOUT_MS }),
  hold('250 requests whose headers never end', {
    count: 250,
    bytes: (rig) => `GET ${path(rig, '/heartbeat')} HTTP/1.1\r\nHost: x\r\nX-Slow: `,
    closedMs: 4 * REQUEST_TIMEOUT_MS,
  }),
  hold('250 requests whose body never comes', {
    count: 250,
    bytes: (rig) => requestHead(`POST ${path(rig, '/heartbeat')} HTTP/1.1`, { 'Content-Length': '1000' }),
    closedMs: 4 * REQUEST_TIMEOUT_MS,
  }),
  hold('250 actions without a token whose body never comes', {
    count: 250,
    bytes: (rig) =>
      requestHead(`POST ${path(rig, '/action/create/')} HTTP/1.1`, {
        'Content-Length': '1000000',
        'Content-Type': 'application/x-www-form-urlencoded',
      }),
    closedMs: 4 * REQUEST_TIMEOUT_MS,
  }),
  answered('a header of 100 kB', PARSER, [431], get('/heartbeat', { 'X-Big': 'x'.repeat(100_000) })),
  answered('an address of 100 kB', PARSER, [414, 431, 400], get(`/heartbeat?${'x'.repeat(100_000)}`)),
  answered(
    'two lengths',
    PARSER,
    [400],
    (rig) =>
      `POST ${path(rig, '/heartbeat')} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  ),
  answered(
    'a length and chunks',
    PARSER,
    [400],
    (rig) =>
      `POST ${path(rig, '/heartbeat')} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  answered('a negative length', PARSER, [400], get('/heartbeat', { 'Content-Length': '-1' })),
  answered(
    'a line feed in a header',
    PARSER,
    [400],
    (rig) => `GET ${path(rig, '/heartbeat')} HTTP/1.1\r\nHost: x\r\nX: a\nSet-Cookie: b\r\n\r\n\r\n`,
  ),
  answered('a NUL in a header', PARSER, [400], get('/heartbeat', { 'X-Nul': 'a\u0000b' })),
  answered('no host', PARSER, [400], (rig) => `GET ${path(rig, '/heartbeat')} HTTP/1.1\r\n\r\n`),
  answered('a method of its own', PARSER, [400], () => 'BREW /api/v1/ip HTTP/1.1\r\nHost: x\r\n\r\n'),
  answered('TRACE', 'routes are exact', [404, 405], () => 'TRACE /api/v1/ip HTTP/1.1\r\nHost: x\r\n\r\n'),
  answered(
    'a proxy request to elsewhere',
    'routes are exact',
    [400, 404],
    () => 'GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nHost: x\r\n\r\n',
  ),
  answered(
    'CONNECT',
    'routes are exact',
    [400, 404, 405, 0],
    () => 'CONNECT localhost:22 HTTP/1.1\r\nHost: x\r\n\r\n',
  ),
  answered('a path out of the routes', 'routes are exact', [404, 301, 401], get('/../../etc/passwd')),
  answered(
    'a path out of the routes, encoded',
    'routes are exact',
    [404, 400],
    get('/publickey/..%2f..%2f..%2fetc%2fpasswd'),
  ),
  answered('a fingerprint with a NUL', EDGE, [400, 404], get('/publickey/%00')),
  answered('a fingerprint that is no UTF-8', EDGE, [400, 404], get('/publickey/%ff%fe')),
  answered('a fingerprint with a quote', EDGE, [404], get(`/publickey/'%20OR%201=1--`)),
  answered(
    'a search without a token',
    'every route but four needs a token',
    [401],
    get('/search?type=agent&target=true'),
  ),
  answered(
    'an action without a token',
    'every route but four needs a token',
    [401],
    post('/action/create/', 'action={}', { 'Content-Type': 'application/x-www-form-urlencoded' }),
  ),
  answered('a HEAD request in place of a GET', 'every route but four needs a token', [401, 404], (rig) =>
    requestHead(`HEAD ${path(rig, '/dashboard')} HTTP/1.1`),
  ),
  answered(
    'a method in a header that overrides',
    'routes are exact',
    [200],
    get('/heartbeat', { 'X-HTTP-Method-Override': 'POST' }),
  ),
  answered('a heartbeat', NO_HEARTBEATS, [403], post('/heartbeat', '{}')),
  answered(
    'a heartbeat with a NUL in a tag',
    NO_HEARTBEATS,
    [403],
    post('/heartbeat', '{"tags":[{"name":"a","value":"\\u0000"}]}'),
  ),
  answered('a heartbeat of 1 MB', NO_HEARTBEATS, [403, 413], post('/heartbeat', 'x'.repeat(1_000_000))),
  answered(
    'a heartbeat that expands from gzip',
    NO_HEARTBEATS,
    [403, 413],
    post('/heartbeat', gzipSync(Buffer.alloc(50_000_000)), { 'Content-Encoding': 'gzip' }),
  ),
  {
    name: 'HTTP: an action of 100 MB in chunks without a token',
    holder: 'no credentials',
    wall: 'a request without a token is refused before its body is read',
    async run(rig) {
      const before = anonymousMegabytes(rig.api.pid);
      const socket = await openSocket(rig.apiUrl);
      socket.write(
        requestHead(`POST ${path(rig, '/action/create/')} HTTP/1.1`, {
          'Transfer-Encoding': 'chunked',
          'Content-Type': 'application/x-www-form-urlencoded',
        }),
      );
      const chunk = Buffer.concat([
        Buffer.from('100000\r\n'),
        Buffer.alloc(1_048_576, 'x'),
        Buffer.from('\r\n'),
      ]);
      const closed = isClosedWithin(socket, 10_000);
      for (let sent = 0; sent < 100 && !socket.destroyed; sent++) {
        if (socket.write(chunk)) continue;
        await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
      }
      socket.destroy();
      const grown = Math.round(anonymousMegabytes(rig.api.pid) - before);
      return stoppedIf(grown < 150, `the API grew by ${grown} MB`);
    },
  },
];
