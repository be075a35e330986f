import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Answer, createScanner, type Scanner } from '../../../../modules/yara/scanner.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-yara-'));
afterAll(() => rmSync(folder, { recursive: true }));

const patient = { cpuMs: 300_000, endsAtMs: Number.POSITIVE_INFINITY };
const MAX_BYTES = 1024 ** 2;

/** Scans a file as a whole. */
async function scan(
  scanner: Scanner,
  { content, cpuMs = patient.cpuMs, size }: { content: string; cpuMs?: number; size?: number },
): Promise<Answer> {
  const file = join(folder, 'file');
  writeFileSync(file, content);
  const fd = openSync(file, 'r');
  try {
    const request = { type: 'whole', fd, size: size ?? content.length, maxBytes: MAX_BYTES } as const;
    return await scanner.ask(request, { ...patient, cpuMs });
  } finally {
    closeSync(fd);
  }
}

test('a rule that does not end is late, and another thread scans the next file', async () => {
  const scanner = createScanner(
    'rule loop { strings: $a = "loop" condition: $a and for all i in (0..100000000000) : (i >= 0) }',
  );
  expect(await scanner.compile(patient)).toEqual({ type: 'compiled' });
  expect(await scan(scanner, { content: 'loop', cpuMs: 500 })).toEqual({ type: 'late' });
  expect(await scanner.stop(60_000)).toBe(true);
  expect(await scanner.compile(patient)).toEqual({ type: 'compiled' });
  expect(await scan(scanner, { content: 'other' })).toMatchObject({ type: 'scanned', matched: [] });
  await scanner.stop(60_000);
});

test('a file of which the system reports no size is read to its end, up to a limit', async () => {
  const scanner = createScanner('rule big { condition: filesize == 200000 }');
  await scanner.compile(patient);
  expect(await scan(scanner, { content: 'x'.repeat(200_000), size: 0 })).toMatchObject({ matched: ['big'] });
  expect(await scan(scanner, { content: 'x'.repeat(MAX_BYTES), size: 0 })).toMatchObject({
    type: 'failed',
    message: `no end within ${MAX_BYTES} bytes`,
  });
  await scanner.stop(60_000);
});

test('a file that cannot be read is a failure with the code of the system', async () => {
  const scanner = createScanner('rule a { condition: true }');
  await scanner.compile(patient);
  const fd = openSync(folder, 'r');
  const request = { type: 'whole', fd, size: 10, maxBytes: MAX_BYTES } as const;
  expect(await scanner.ask(request, patient)).toMatchObject({ type: 'failed', code: 'EISDIR' });
  closeSync(fd);
  await scanner.stop(60_000);
});

test('a condition that crashes the engine is refused, and the next thread compiles', async () => {
  const deep = createScanner(`rule deep { condition: ${'('.repeat(10_000)}true${')'.repeat(10_000)} }`);
  const answer = await deep.compile(patient);
  expect(answer).toMatchObject({
    type: 'refused',
    errors: [expect.stringMatching(/call stack|out of bounds/)],
  });
  await deep.stop(60_000);
  const next = createScanner('rule next { condition: true }');
  expect(await next.compile(patient)).toEqual({ type: 'compiled' });
  await next.stop(60_000);
});
