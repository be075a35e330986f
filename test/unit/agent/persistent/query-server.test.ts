import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { serveQueries } from '../../../../agent/persistent/query-server.ts';
import { MAX_COMMAND_BYTES } from '../../../../contract/limits.ts';
import { EMPTY_RESULT } from '../../../../contract/module-result.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-query-'));
afterAll(() => rmSync(folder, { recursive: true }));

const answer = (parameters: unknown) => ({ ...EMPTY_RESULT, success: true, elements: { parameters } });
const path = join(folder, 'persist-x.sock');

async function ask(...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  for (const piece of pieces) socket.write(piece);
  const received = await text(socket);
  socket.destroy();
  return received;
}

test('a connection carries one line of parameters and one line with the result', async () => {
  await using _server = await serveQueries(path, answer);
  const received = await ask('{"class":"parameters","parameters":{"a', '":1}}\n{"class":"parameters"}\n');
  expect(received.endsWith('\n')).toBe(true);
  expect(JSON.parse(received)).toMatchObject({ success: true, elements: { parameters: { a: 1 } } });
});

test('connections are served concurrently', async () => {
  await using _server = await serveQueries(path, answer);
  const idle = connect(path);
  expect(JSON.parse(await ask('{"class":"parameters"}\n'))).toMatchObject({ success: true });
  idle.destroy();
});

test('damaged and oversized queries are refused', async () => {
  await using _server = await serveQueries(path, answer);
  expect(JSON.parse(await ask('what?\n')).errors[0]).toContain('ReadInputParameters() -> ReadInput()');
  expect(JSON.parse(await ask('{"class":"stop"}\n')).errors).toEqual([
    'ReadInputParameters() -> unexpected input is not module parameters',
  ]);
  const received = await ask(Buffer.alloc(MAX_COMMAND_BYTES + 1, 'x'));
  expect(JSON.parse(received).errors).toEqual([`a query may have ${MAX_COMMAND_BYTES} bytes`]);
});

test('the socket is for its own user only, replaces one that was left, and goes with the server', async () => {
  writeFileSync(path, 'left over');
  {
    await using _server = await serveQueries(path, answer);
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
  expect(existsSync(path)).toBe(false);
});

test('a folder in its place is an error', async () => {
  mkdirSync(path);
  await expect(serveQueries(path, answer)).rejects.toThrow(`${path}: there is a folder in its place`);
  rmSync(path, { recursive: true });
});
