import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KernelFileError } from '../../../../platform/machine/kernel-files.ts';
import { openRegular } from '../../../../platform/machine/open-regular.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-open-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a regular file is opened, also behind a link', () => {
  const file = join(folder, 'file');
  const link = join(folder, 'link');
  writeFileSync(file, 'content');
  symlinkSync(file, link);
  for (const path of [file, link]) {
    const opened = openRegular(path);
    if (!opened) throw new Error('not opened');
    expect(readFileSync(opened.fd, 'utf8')).toBe('content');
    expect(opened.stats.size).toBe(7);
    closeSync(opened.fd);
  }
});

test.runIf(process.platform === 'linux')('a device is not opened, not even for a moment', () => {
  // Whoever opens /dev/tty without a terminal gets ENXIO.
  const link = join(folder, 'tty');
  symlinkSync('/dev/tty', link);
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [link, pipe, '/dev/null', folder]) expect(openRegular(path)).toBeUndefined();
});

test('a missing file is the error of the system', () => {
  expect(() => openRegular(join(folder, 'missing'))).toThrow(/ENOENT/);
});

describe.runIf(process.platform === 'linux')('a file of the kernel', () => {
  test('is opened by its own path', () => {
    for (const path of ['/proc/version', '/proc/self/status']) {
      const opened = openRegular(path);
      if (!opened) throw new Error('not opened');
      closeSync(opened.fd);
    }
  });

  test.each([
    ['a link', 'version', '/proc/version', ''],
    ['a link to its folder', 'proc', '/proc', '/version'],
    ['a link in the kernel', 'self', '/proc/self', '/root/proc/version'],
  ])('is refused behind %s', (_, name, target, rest) => {
    symlinkSync(target, join(folder, name));
    expect(() => openRegular(join(folder, name) + rest)).toThrow(KernelFileError);
  });
});
