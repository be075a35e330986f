import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packTar } from '../../../../platform/files/pack-tar.ts';
import { readTar } from '../../../../platform/files/tar.ts';

const FILES = [
  { name: 'mig-agent', data: Buffer.alloc(1_000, 'a') },
  { name: 'empty', data: Buffer.alloc(0) },
  { name: 'block', data: Buffer.alloc(512, 1) },
];

test('what is packed is read again, whatever the files contain', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
  const files = fc.array(fc.record({ name, data: fc.uint8Array({ maxLength: 2_000 }).map(Buffer.from) }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(files, (some) => {
      expect(readTar(packTar(some))).toEqual(some);
    }),
  );
});

test('tar lists what is packed, and takes its contents out', () => {
  const archive = packTar(FILES);
  expect(execFileSync('tar', ['-t'], { input: archive }).toString()).toBe('mig-agent\nempty\nblock\n');
  expect(execFileSync('tar', ['-xO', 'mig-agent'], { input: archive })).toEqual(FILES[0]?.data);
});

test('the same files make the same archive, and a name too long for a header is refused', () => {
  expect(packTar(FILES).equals(packTar(FILES))).toBe(true);
  const name = 'x'.repeat(101);
  expect(() => packTar([{ name, data: Buffer.alloc(1) }])).toThrow(
    `the name ${name} has more than 100 bytes`,
  );
});
