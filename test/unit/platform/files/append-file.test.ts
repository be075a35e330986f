import { appendFileSync, fsyncSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Digests } from '../../../../agent/command/journal/digests.ts';
import { AppendFile, noSpace } from '../../../../platform/files/append-file.ts';
import { readJsonLines } from '../../../../platform/files/read-lines.ts';

// Test files share their modules: without this, the sources would still have the file system of an earlier file.
vi.hoisted(() => vi.resetModules());
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, writeSync: vi.fn(fs.writeSync), fsyncSync: vi.fn(fs.fsyncSync) };
});
const { writeSync: truly } = await vi.importActual<typeof import('node:fs')>('node:fs');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-append-'));
  path = join(folder, 'lines.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Makes the next write fail after `bytes` bytes. `meanwhile` runs at the same moment, as another process would. */
function cutNextWrite(bytes: number, meanwhile: () => void = () => {}): void {
  vi.mocked(writeSync).mockImplementationOnce((fd, data) => {
    meanwhile();
    if (bytes === 0) throw noSpace();
    return truly(fd, data as unknown as Buffer, 0, bytes);
  });
}

function read(file = path): unknown[] {
  return [...readJsonLines(file, { maxLineBytes: 1000 })].map(({ value }) => value);
}

test.each([0, 5])(
  'in a shared file, a failed append of %i bytes removes no line of another process',
  (bytes) => {
    const lines = new AppendFile(path, 0o600, { isShared: true });
    lines.append({ id: 1 }, { sync: true });
    cutNextWrite(bytes, () => appendFileSync(path, '{"by":"other"}\n'));
    expect(() => lines.append({ id: 2, text: 'longer than the other one' }, { sync: true })).toThrow(
      'no space',
    );
    lines.append({ id: 3 }, { sync: true });
    expect(read()).toEqual([{ id: 1 }, { by: 'other' }, { id: 3 }]);
    lines.close();
  },
);

test('in a shared file, incomplete lines damage no later line', () => {
  const lines = new AppendFile(path, 0o600, { isShared: true });
  for (const bytes of [3, 1, 2]) {
    cutNextWrite(bytes);
    expect(() => lines.append({ id: 1 }, { sync: true })).toThrow('no space');
  }
  lines.append({ id: 2 }, { sync: true });
  lines.append({ id: 3 }, { sync: true });
  expect(read()).toEqual([{ id: 2 }, { id: 3 }]);
  lines.close();
});

test('in an unshared file, a failed append leaves no bytes', () => {
  const lines = new AppendFile(path, 0o600);
  lines.append({ id: 1 }, { sync: true });
  cutNextWrite(5);
  expect(() => lines.append({ id: 2 }, { sync: true })).toThrow('no space');
  expect(readFileSync(path, 'utf8')).toBe('{"id":1}\n');
  lines.close();
});

test('a digest whose claim could not be synced can be claimed later by the same command only', () => {
  const digests = new Digests(folder, { isOwner: true });
  const claim = { id: 1, digest: 'd', expiresMs: 2000, validFromMs: 1000 };
  vi.mocked(fsyncSync).mockImplementationOnce(() => {
    throw Object.assign(new Error('input/output error'), { code: 'EIO' });
  });
  expect(() => digests.claim(claim)).toThrow('input/output error');
  expect(digests.find('d')).toBeUndefined();
  expect(digests.claim({ ...claim, id: 2 })).toBe(false);
  expect(digests.claim(claim)).toBe(true);
  expect(digests.find('d')).toBe(1);
  expect(digests.claim(claim)).toBe(false);
  digests.close();
});
