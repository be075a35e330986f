import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sha256Hex } from '../../../../contract/digest.ts';
import { waitFor } from '../../../../dev/wait-for.ts';
import { hashFile } from '../../../../modules/fswatch/hash-file.ts';
import { HashQueue } from '../../../../modules/fswatch/hash-queue.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file that changes all the time is hashed once for all requests that wait', async () => {
  const hashed: string[] = [];
  const queue = new HashQueue({ hash: async (path) => path, onHash: (path) => hashed.push(path) });
  for (let i = 0; i < 100; i++) {
    queue.request('/a', { delayMs: 50, isFollowed: false });
    queue.request('/b', { delayMs: 50, isFollowed: false });
  }
  await waitFor('the hashes', () => hashed.length >= 2, { everyMs: 5 });
  queue.request('/a', { delayMs: 0, isFollowed: false });
  await waitFor('the third hash', () => hashed.length >= 3, { everyMs: 5 });
  expect(hashed).toEqual(['/a', '/b', '/a']);
});

test('requests of a burst are slowed down, from 10 to 50 ms', async () => {
  const times: number[] = [];
  const queue = new HashQueue({ hash: async () => '', onHash: () => times.push(performance.now()) });
  for (let i = 0; i < 10; i++) queue.request(`/${i}`, { delayMs: 0, isFollowed: false });
  await waitFor('the hashes', () => times.length === 10, { everyMs: 5 });
  const lengthMs = (times.at(-1) ?? 0) - (times[0] ?? 0);
  // 10 + 20 + 30 + 40 + 5 * 50, but for the rounding of timers.
  expect(lengthMs).toBeGreaterThan(330);
});

test('a hash is the SHA-256 of a regular file, and empty for everything else', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, Buffer.alloc(700_000, 'x'));
  expect(await hashFile(file, { isFollowed: false })).toBe(sha256Hex(Buffer.alloc(700_000, 'x')));
  symlinkSync(file, join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  for (const name of ['link', 'pipe', 'none', '']) {
    expect(await hashFile(join(folder, name), { isFollowed: false })).toBe('');
  }
  expect(await hashFile(join(folder, 'link'), { isFollowed: true })).toHaveLength(64);
});
