import { execFile, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

const refusalOf = async (file: string) => {
  const sink = createFileSink({ file, format: 'jsonl' });
  const error = await sink.write([event(1)]).then(
    () => undefined,
    (problem: Error) => problem,
  );
  await sink.close();
  return error?.message;
};

test.each([
  ['a note without a line feed', 'keep me'],
  ['a password file', 'root:x:0:0:root:/root:/bin/bash\n'],
  ['JSON lines of somebody else', '{"id":"7","type":"x"}\n'],
  ['a big number without a line feed', '1'.repeat(3 * 1024 * 1024)],
  ['OCSF of another product', '{"activity_id":1,"metadata":{"product":{"name":"Other","vendor_name":"X"}}}'],
  ['zeros', '\0'.repeat(4096)],
  ['lines of somebody else after ours', '{"id":"evt_1"}\nanother log\n'],
  ['half a line of somebody else after ours', '{"id":"evt_1"}\nanother'],
  ['lines of somebody else before ours', 'another log\n{"id":"evt_1"}\n'],
])('a file with %s is refused, and stays as it is', async (name, text) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  expect(await refusalOf(file)).toBe(
    `MIG_EVENTS_FILE: ${file} has lines that are no events of MIG: name another file, or move it away`,
  );
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('a file with events as OCSF is ours', async () => {
  const file = join(folder, 'ocsf');
  for (const id of [1, 2]) {
    const sink = createFileSink({ file, format: 'ocsf' });
    await sink.write([event(id)]);
    await sink.close();
  }
  expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
});

test.each([
  ['nothing but half a line', '{"id":"evt_1","ty', []],
  ['half a line of OCSF', '{"id":"evt_1"}\n{"activity_id":1,', ['evt_1']],
  ['half a letter', '{"id":"evt_1"}\n{', ['evt_1']],
  ['zeros of a power failure after half a line', `{"id":"evt_1"}\n{"id"${'\0'.repeat(5000)}`, ['evt_1']],
])('of a file with %s only that is removed', async (name, text, kept) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  expect(await refusalOf(file)).toBeUndefined();
  expect(idsIn(file)).toEqual([...kept, 'evt_1']);
});

test('what is no regular file is refused, before it is opened', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const file of ['/dev/null', pipe, folder]) {
    expect(await refusalOf(file)).toBe(`MIG_EVENTS_FILE: ${file} is no regular file: name another one`);
  }
});

test('a link is refused, also one that comes later, and nothing is written where it leads', async () => {
  const [file, elsewhere] = [join(folder, 'link'), join(folder, 'elsewhere')];
  const sink = createFileSink({ file, format: 'jsonl' });
  await sink.write([event(1)]);
  renameSync(file, elsewhere);
  symlinkSync(elsewhere, file);
  await expect(sink.write([event(2)])).rejects.toThrow(
    `MIG_EVENTS_FILE: ${file} is a link to ${elsewhere}: name the file that it leads to`,
  );
  await sink.close();
  expect(idsIn(elsewhere)).toEqual(['evt_1']);
});
