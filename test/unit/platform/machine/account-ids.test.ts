import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAccountIds, readAccountIds } from '../../../../platform/machine/account-ids.ts';

test('the first line of a name counts, and lines of another form are ignored', () => {
  const text = [
    'root:x:0:0:root:/root:/bin/bash',
    'root:x:7:0::/:/bin/sh',
    'toor:x:0:0::/:/bin/sh',
    '',
    '# comment',
    '+::::::',
    ':x:5:5',
    'short:x',
    'negative:x:-1:1',
    'long:x:99999999999:1',
    'users:x:100:alice,bob',
    'no end:x:4294967294',
  ].join('\n');
  expect([...parseAccountIds(Buffer.from(text))]).toEqual([
    ['root', 0],
    ['toor', 0],
    ['users', 100],
    ['no end', 4294967294],
  ]);
});

test('any bytes are read without an error, and give numbers only', () => {
  const line = fc.oneof(
    fc.string(),
    fc.tuple(fc.string(), fc.integer()).map(([name, id]) => `${name}:x:${id}:`),
  );
  fc.assert(
    fc.property(fc.array(line), fc.uint8Array(), (lines, bytes) => {
      const ids = parseAccountIds(Buffer.concat([Buffer.from(lines.join('\n')), bytes]));
      for (const [name, id] of ids) {
        expect(name).not.toBe('');
        expect(id).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('a file over 16 MB is refused, however it was made', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-accounts-'));
  try {
    const file = join(folder, 'passwd');
    writeFileSync(file, 'a:x:1:');
    expect([...readAccountIds(file)]).toEqual([['a', 1]]);
    truncateSync(file, 16 * 1024 * 1024 + 1);
    expect(() => readAccountIds(file)).toThrow('has more than 16777216 bytes');
    expect(() => readAccountIds(join(folder, 'missing'))).toThrow('ENOENT');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
