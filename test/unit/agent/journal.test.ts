import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../agent/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WINDOW = { validFromMs: 1000, expiresMs: 2000 };

test('every step survives a new start', () => {
  const first = new Journal(folder);
  first.received(1, 'body one');
  first.received(2, 'body two');
  first.started(2, { digest: 'd2', ...WINDOW });
  first.received(3, 'body three');
  first.started(3, { digest: 'd3', ...WINDOW });
  first.answered(3, 'answer three');
  first.received(4, 'body four');
  first.started(4, { digest: 'd4', ...WINDOW });
  first.answered(4, 'answer four');
  first.confirmed(4);
  first.close();
  const second = new Journal(folder);
  expect([1, 2, 3, 4].map((id) => second.state(id))).toEqual([
    'received',
    'started',
    'answered',
    'confirmed',
  ]);
  expect(second.unfinished()).toEqual([
    { id: 1, state: 'received', body: 'body one' },
    { id: 2, state: 'started', body: 'body two' },
  ]);
  expect(second.unconfirmed()).toEqual([3]);
  expect(second.answer(3)).toBe('answer three');
  expect(second.ranAs('d4')).toBe(4);
  expect(second.signedTimeMs).toBe(1000);
  second.close();
});

test('a line that a crash cut short is as if it had never been', () => {
  const first = new Journal(folder);
  first.received(1, 'body');
  first.close();
  appendFileSync(join(folder, 'journal.jsonl'), '{"step":"started","id":1,"dig');
  const second = new Journal(folder);
  expect(second.state(1)).toBe('received');
  second.close();
});

test('what signed time has passed is forgotten, what could still be valid is not', () => {
  const first = new Journal(folder);
  for (const [id, validFromMs, expiresMs] of [
    [1, 1000, 2000],
    [2, 1500, 9000],
    [3, 5000, 9000],
  ] as const) {
    first.received(id, 'body');
    first.started(id, { digest: `d${id}`, validFromMs, expiresMs });
    first.answered(id, 'answer');
    first.confirmed(id);
  }
  first.close();
  const second = new Journal(folder);
  expect(second.ranAs('d1')).toBeUndefined();
  expect([second.ranAs('d2'), second.ranAs('d3')]).toEqual([2, 3]);
  expect(second.signedTimeMs).toBe(5000);
  second.close();
});

test('it is readable for its owner alone, and keeps no body once answered', () => {
  const journal = new Journal(folder);
  journal.received(1, 'the body');
  journal.answered(1, 'answer');
  journal.close();
  new Journal(folder).close();
  const file = join(folder, 'journal.jsonl');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('the body');
});
