import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { createFileSink } from '../../../../worker/sinks/file-sink.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-file-sink-'));
afterAll(() => rmSync(folder, { recursive: true }));

const event = (id: number) => ({ id, at: '2026-11-30T22:00:00Z', kind: 'sweep.waived', detail: { n: id } });
const idsIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line).id);

test('each event is a line, and others than the owner and the group cannot read it', async () => {
  const file = join(folder, 'lines');
  const sink = createFileSink({ file, format: 'jsonl' });
  await sink.write([event(1), event(2)]);
  await sink.write([event(3)]);
  await sink.close();
  expect(readFileSync(file, 'utf8').split('\n')[0]).toBe(
    '{"id":"evt_1","type":"sweep.waived","timestamp":"2026-11-30T22:00:00Z","data":{"n":1}}',
  );
  expect(idsIn(file)).toEqual(['evt_1', 'evt_2', 'evt_3']);
  expect(statSync(file).mode & 0o007).toBe(0);
});

test('a file that was rotated is made anew, whether it was renamed or removed', async () => {
  const file = join(folder, 'rotated');
  const sink = createFileSink({ file, format: 'jsonl' });
  await sink.write([event(1)]);
  renameSync(file, `${file}.1`);
  await sink.write([event(2)]);
  expect([idsIn(`${file}.1`), idsIn(file)]).toEqual([['evt_1'], ['evt_2']]);
  rmSync(file);
  await sink.write([event(3)]);
  expect(idsIn(file)).toEqual(['evt_3']);
  await sink.close();
});

test('half a line that a crash has left is removed', async () => {
  const file = join(folder, 'half');
  appendFileSync(file, '{"id":"evt_1"}\n{"id":"ev');
  const sink = createFileSink({ file, format: 'jsonl' });
  await sink.write([event(2)]);
  await sink.close();
  expect(idsIn(file)).toEqual(['evt_1', 'evt_2']);
});

test('a disk that is full refuses a batch, whose beginning does not stay in the file', async () => {
  const file = join(folder, 'full');
  const command = `ulimit -f 8; exec "$0" --import tsx test/setup/write-to-sink.ts "$1"`;
  const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, file]);
  const { written, code } = JSON.parse(stdout);
  expect(code).toBe('EFBIG');
  expect(written).toBeGreaterThan(3);
  expect(idsIn(file)).toHaveLength(written);
  expect(readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
  const sink = createFileSink({ file, format: 'jsonl' });
  await sink.write([event(written + 1)]);
  await sink.close();
  expect(idsIn(file)).toHaveLength(written + 1);
});

test('what is no regular file is refused', async () => {
  const sink = createFileSink({ file: '/dev/null', format: 'jsonl' });
  await expect(sink.write([event(1)])).rejects.toThrow('is no regular file');
});
