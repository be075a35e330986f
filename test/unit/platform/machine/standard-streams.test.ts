import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ECHO = ['--import', 'tsx', new URL('../../../setup/echo.ts', import.meta.url).pathname];
/** More than a pipe holds, with characters across the borders of chunks. */
const LONG = 'ä€😀'.repeat(50_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-streams-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a long text passes through pipes unchanged', async () => {
  const echo = spawn(process.execPath, ECHO, { stdio: ['pipe', 'pipe', 'inherit'] });
  echo.stdin.end(LONG);
  expect(await text(echo.stdout)).toBe(LONG);
});

test('an empty stdin is an empty text', async () => {
  const echo = spawn(process.execPath, ECHO, { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await text(echo.stdout)).toBe('');
});

test('pipes that somebody made non-blocking are waited for', async () => {
  const [input, output] = [pipe('in'), pipe('out')];
  const echo = spawn(process.execPath, ECHO, { stdio: [input.end, output.end, 'inherit'] });
  closeSync(input.end);
  closeSync(output.end);
  const ended = once(echo, 'exit');
  const writer = await open(input.path, 'w');
  closeSync(input.other);
  for (let from = 0; from < LONG.length; from += 50_000) {
    await writer.write(LONG.slice(from, from + 50_000));
  }
  await writer.close();
  const reader = await open(output.path, 'r');
  closeSync(output.other);
  expect(await text(reader.createReadStream())).toBe(LONG);
  expect(await ended).toEqual([0, null]);
});

/** A named pipe with a non-blocking end for a program. The other end, kept open, lets it open at once. */
function pipe(name: string): { path: string; end: number; other: number } {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  const other = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const flags = name === 'in' ? constants.O_RDONLY : constants.O_WRONLY;
  return { path, end: openSync(path, flags | constants.O_NONBLOCK), other };
}
