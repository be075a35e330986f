import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../../../agent/command/journal/journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WINDOW = { validFromMs: 1000, expiresMs: 2000 };

test('a command whose answer file is missing is unfinished again', () => {
  const first = new Journal(folder);
  first.recordReceived(1, 'body');
  first.recordStarted(1, { digest: 'd1', ...WINDOW });
  first.recordAnswered(1, 'answer');
  first.close();
  rmSync(join(folder, 'answers', '1.json'));
  const second = new Journal(folder);
  expect(second.unconfirmed()).toEqual([]);
  expect(second.unfinished()).toEqual([{ id: 1, state: 'started', body: '' }]);
  second.close();
});

test.each(['null', '5', '[]', '"x"', '{}', '{"signedTimeMs":null}', '{"id":1,"digest":"d2"}'])(
  'a line with nothing usable is skipped, and signed time is kept: %s',
  (line) => {
    const first = new Journal(folder);
    first.recordReceived(1, 'body');
    first.recordStarted(1, { digest: 'd1', ...WINDOW });
    first.close();
    for (const file of ['journal.jsonl', 'digests.jsonl']) appendFileSync(join(folder, file), `${line}\n`);
    const second = new Journal(folder);
    expect([second.state(1), second.ranAs('d1'), second.signedTimeMs]).toEqual(['started', 1, 1000]);
    second.close();
  },
);
