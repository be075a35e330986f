import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createCredentials } from '../../../client/credentials.ts';
import { type ConnectionOptions, createRequest } from '../../../client/request.ts';
import { errorCode } from '../../../contract/errors.ts';
import { openHttpRecorder } from '../../setup/http-recorder.ts';

const credentials = createCredentials(
  { apiKey: 'key' },
  { url: 'https://mig.example.net/', userAgent: 'test' },
);

function connect(url: string, options: Partial<ConnectionOptions> = {}) {
  return createRequest({ url: `${url}/`, userAgent: 'test', credentials, ...options });
}

function outcomeOf(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'answered',
    (error: unknown) => errorCode(error),
  );
}

test('a connection without retries reports an outage at once, also of an API that responded before', async () => {
  await using server = await openHttpRecorder(({ path }) => ({ status: path === '/down' ? 503 : 200 }));
  const request = connect(server.url, { retryMs: 0 });
  expect((await request('up')).status).toBe(200);
  expect((await request('down')).status).toBe(503);
  expect(server.requests.filter(({ path }) => path === '/down')).toHaveLength(1);
});

test('an outage is reported once, with the reason that the API gives, while the request is repeated', async () => {
  const message = 'the planned times are not known now: try again in a minute';
  const outage = JSON.stringify({
    collection: { version: '1.0', href: '', error: { code: 'unavailable', message } },
  });
  const bodies = ['', outage, outage, '<html>'];
  await using server = await openHttpRecorder(({ path }) => {
    const body = path === '/times' ? bodies.shift() : undefined;
    return body === undefined || body === '' ? { status: 200 } : { status: 503, body };
  });
  const notes: string[] = [];
  const note = (line: string) => notes.push(line);
  const request = connect(server.url, { note });
  expect((await request('times')).status).toBe(200);
  expect((await request('times')).status).toBe(200);
  expect(notes).toEqual([
    `the API answers 503 (${message} (unavailable)): trying again`,
    'the API answers again',
  ]);
});

test.each(['a request', 'a stream'])(
  '%s to an API that never answers ends after a minute, also when memory is collected meanwhile',
  async (kind) => {
    const source = fileURLToPath(new URL('../../../client/request.ts', import.meta.url));
    await using server = await openHttpRecorder(({ path }) =>
      path === '/hangs' ? undefined : { status: 404 },
    );
    const script = `import { createRequest } from ${JSON.stringify(source)};
    const real = globalThis.setTimeout;
    globalThis.setTimeout = (work, ms) => real(work, ms === 60000 ? 300 : ms);
    const credentials = { headers: async () => ({}), renew: () => false };
    const signal = new AbortController().signal;
    const request = createRequest({ url: '${server.url}/', userAgent: 'test', credentials, signal: () => signal });
    const collecting = setInterval(() => globalThis.gc(), 20);
    const code = await request('hangs', { isStream: ${kind === 'a stream'} }).then(() => 'answered', (error) => error.code);
    clearInterval(collecting);
    process.stdout.write(code);`;
    const args = ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    expect(stdout).toBe('unavailable');
  },
);

test('the signal of a connection aborts its requests', async () => {
  await using server = await openHttpRecorder(({ path }) =>
    path === '/hangs' ? undefined : { status: 404 },
  );
  const stop = new AbortController();
  const request = connect(server.url, { signal: () => stop.signal });
  expect((await request('up')).status).toBe(404);
  const hanging = outcomeOf(request('hangs'));
  setTimeout(() => stop.abort(), 50);
  expect(await hanging).toBe('internal');
});
