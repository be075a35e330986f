import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { serveQueries } from '../../../agent/persistent/query-server.ts';
import { examplepersistPersistent } from '../../../modules/examplepersist/persistent.ts';
import { examplepersistRun } from '../../../modules/examplepersist/run.ts';
import { NO_TERMS } from '../../../modules/module.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-define-query-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'persist-examplepersist.sock');

const query = (persistSocket: string | undefined, parameters: unknown = { string: 'hi' }, terms = NO_TERMS) =>
  examplepersistRun.run(parameters, {
    loadHost: () => Promise.reject(new Error('no host')),
    terms,
    ...(persistSocket !== undefined && { persistSocket }),
  });
const errorsOf = async (...args: Parameters<typeof query>) => (await query(...args)).errors;

describe('a query', () => {
  test('returns the answer of the running module', async () => {
    await using _server = await serveQueries(path, examplepersistPersistent.answer);
    expect(await query(`unix:${path}`)).toEqual({
      foundanything: true,
      success: true,
      elements: { string: 'hi' },
      statistics: null,
      errors: null,
    });
  });

  test("refuses a missing or wrong socket in MIG's words", async () => {
    expect(await errorsOf(undefined)).toEqual([
      'ReadPersistInputParameters() -> no persistsock set in message',
    ]);
    const wrong: Record<string, string> = {
      'a:b:c:d': 'invalid socket specification for request',
      unix: 'invalid socket specification for unix connection',
      'unix:/a:b': 'invalid socket specification for unix connection',
      'tcp:localhost': 'invalid socket specification for tcp connection',
      'tcp:localhost:0': 'invalid socket specification for tcp connection',
      'udp:localhost:1': 'socket specification had invalid address family',
      [`unix:${folder}/none`]: `dial unix ${folder}/none: connect: no such file or directory`,
    };
    for (const [socket, error] of Object.entries(wrong)) expect(await errorsOf(socket)).toEqual([error]);
  });

  test('checks its parameters before it asks', async () => {
    expect(await errorsOf('unix:/nowhere', {})).toEqual(['must set a string to echo']);
  });

  test('ends in time, and accepts only a result of bounded size', async () => {
    const replies = ['', 'no result\n', `"${'x'.repeat(5000)}"`];
    const server = createServer((socket) => {
      const reply = replies.shift();
      if (reply !== undefined) socket.end(reply);
    }).listen(path);
    const terms = { endsAtMs: performance.now() + 2_000, maxBytes: 4_000, asMig: false };
    const ask = () => errorsOf(`unix:${path}`, { string: 'x' }, terms);
    expect(await ask()).toEqual(['the running module closed the connection without an answer']);
    expect(await ask()).toEqual(['the answer of the running module is no result']);
    expect(await ask()).toEqual(['the running module answered more than 4000 bytes']);
    expect((await ask())?.[0]).toMatch(/^the running module did not answer within \d+ ms$/);
    server.close();
  });
});
