import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_KEPT_BYTES, MAX_UNCONFIRMED_BYTES } from '../../../../../agent/command/journal/answers.ts';
import { MAX_DIGESTS } from '../../../../../agent/command/journal/digests.ts';
import { Journal, MAX_UNFINISHED_BYTES } from '../../../../../agent/command/journal/journal.ts';
import { MAX_COMMAND_BYTES, MAX_RESULT_BYTES } from '../../../../../contract/limits.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const WINDOW = { validFromMs: 1000, expiresMs: 2000 };

test('every step survives a restart', () => {
  const first = new Journal(folder);
  first.recordReceived(1, 'body one');
  first.recordReceived(2, 'body two');
  first.recordStarted(2, { digest: 'd2', ...WINDOW });
  first.recordReceived(3, 'body three');
  first.recordStarted(3, { digest: 'd3', ...WINDOW });
  first.recordAnswered(3, 'answer three');
  first.recordReceived(4, 'body four');
  first.recordStarted(4, { digest: 'd4', ...WINDOW });
  first.recordAnswered(4, 'answer four');
  first.recordConfirmed(4);
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

test('a line that a crash cut short is ignored', () => {
  const first = new Journal(folder);
  first.recordReceived(1, 'body');
  first.close();
  appendFileSync(join(folder, 'journal.jsonl'), '{"step":"started","id":1,"dig');
  const second = new Journal(folder);
  expect(second.state(1)).toBe('received');
  second.close();
});

test('an action that signed time has passed is forgotten, one that could still be valid is not', () => {
  const first = new Journal(folder);
  for (const [id, validFromMs, expiresMs] of [
    [1, 1000, 2000],
    [2, 1500, 9000],
    [3, 5000, 9000],
  ] as const) {
    first.recordReceived(id, 'body');
    first.recordStarted(id, { digest: `d${id}`, validFromMs, expiresMs });
    first.recordAnswered(id, 'answer');
    first.recordConfirmed(id);
  }
  first.close();
  const second = new Journal(folder);
  expect(second.ranAs('d1')).toBeUndefined();
  expect([second.ranAs('d2'), second.ranAs('d3')]).toEqual([2, 3]);
  expect(second.signedTimeMs).toBe(5000);
  second.close();
});

test('only its owner can read the journal, which drops the body of an answered command', () => {
  const journal = new Journal(folder);
  journal.recordReceived(1, 'the body');
  journal.recordAnswered(1, 'answer');
  journal.close();
  new Journal(folder).close();
  const file = join(folder, 'journal.jsonl');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('the body');
});

test('a journal of an older agent, with the digests in it, is still read', () => {
  const lines = [
    { step: 'received', id: 1, body: 'one' },
    { step: 'started', id: 1, digest: 'd1', ...WINDOW },
    { step: 'answered', id: 1 },
    { step: 'confirmed', id: 1 },
    { step: 'received', id: 2, body: 'two' },
    { step: 'started', id: 2, digest: 'd2', ...WINDOW },
  ];
  writeFileSync(join(folder, 'journal.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  new Journal(folder).close();
  const journal = new Journal(folder);
  expect([journal.ranAs('d1'), journal.ranAs('d2'), journal.signedTimeMs]).toEqual([1, 2, 1000]);
  expect(journal.unfinished()).toEqual([{ id: 2, state: 'started', body: 'two' }]);
  journal.close();
});

/** One event in the life of one of five commands. Their three digests make some of them replays. */
const step = fc.record({
  id: fc.integer({ min: 1, max: 5 }),
  what: fc.constantFrom('receive', 'start', 'answer', 'confirm', 'refuse', 'restart'),
  /** The agent is killed during this step, and this fraction of the bytes it writes reaches the disk. */
  cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 3 }),
});
const FILES = ['journal.jsonl', 'digests.jsonl'];

test('no action starts twice and no command is lost, whenever the agent is killed', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      rmSync(folder, { recursive: true });
      let journal = new Journal(folder);
      const startedAs = new Map<string, number>();
      const received = new Set<number>();
      const finished = new Set<number>();
      for (const { id, what, cut } of steps) {
        const digest = `d${id % 3}`;
        const state = journal.state(id);
        const before = sizes();
        let isDone = () => {};
        if (what === 'receive' && state === undefined && journal.ranAs(digest) === undefined) {
          journal.recordReceived(id, `body ${id}`);
          isDone = () => received.add(id);
        } else if (what === 'start' && state === 'received') {
          const isFirst = journal.recordStarted(id, { digest, ...WINDOW });
          expect(isFirst).toBe(!startedAs.has(digest));
          if (isFirst) isDone = () => startedAs.set(digest, id);
          else {
            journal.recordRefused(id, { digest: 'm', answer: 'no' });
            isDone = () => finished.add(id);
          }
        } else if (what === 'answer' && state === 'started') {
          journal.recordAnswered(id, `answer ${id}`);
          isDone = () => finished.add(id);
        } else if (what === 'confirm' && journal.isUnconfirmed(id)) journal.recordConfirmed(id);
        else if (what === 'refuse' && state === undefined) {
          journal.recordRefused(id, { digest: `m${id}`, answer: 'no' });
        }
        if (cut !== null || what === 'restart') {
          journal.close();
          // Nobody has acted on an interrupted step yet: only its bytes on the disk count.
          if (cut !== null) cutTo(before, cut);
          journal = new Journal(folder);
        }
        const isSeen = ['started', 'answered', 'confirmed'].includes(journal.state(id) ?? '');
        if (cut === null || what === 'restart') isDone();
        else if (what === 'start' && isSeen && !startedAs.has(digest)) startedAs.set(digest, id);
        else if (what === 'receive' && journal.state(id) === 'received') received.add(id);
        else if (journal.state(id) === 'answered') finished.add(id);
        for (const [digest, first] of startedAs) expect(journal.ranAs(digest)).toBe(first);
        for (const one of received) {
          if (finished.has(one)) continue;
          expect(journal.unfinished().map(({ id }) => id)).toContain(one);
        }
      }
      journal.close();
    }),
    { numRuns: 60 },
  );

  function sizes(): number[] {
    return FILES.map((name) => statSync(join(folder, name)).size);
  }
  function cutTo(before: number[], part: number): void {
    for (const [index, name] of FILES.entries()) {
      const file = join(folder, name);
      const { size } = statSync(file);
      const from = before[index] ?? 0;
      if (size > from) truncateSync(file, from + Math.floor((size - from) * part));
    }
  }
});

describe('a flood', () => {
  test('of 100,001 junk ids evicts no valid digest and leaves less than 5 MB behind', () => {
    const journal = new Journal(folder);
    journal.recordReceived(1, 'body');
    expect(journal.recordStarted(1, { digest: 'valid', ...WINDOW })).toBe(true);
    journal.recordAnswered(1, 'the answer');
    journal.recordConfirmed(1);
    for (let id = 2; id <= 100_002; id++) journal.recordRefused(id, { digest: `${id}`, answer: 'refused' });
    expect([journal.ranAs('valid'), journal.state(1), journal.answer(1)]).toEqual([
      1,
      'confirmed',
      'the answer',
    ]);
    expect(journal.wasRefused(100_002, '100002')).toBe(true);
    expect(journal.unconfirmed().length).toBeLessThanOrEqual(1000);
    journal.close();
    const next = new Journal(folder);
    expect(next.ranAs('valid')).toBe(1);
    next.close();
    expect(bytesBelow(folder)).toBeLessThan(5 * MB);
  });

  test('of valid actions is refused once the digests are full, until signed time has passed some', () => {
    const claims = Array.from({ length: MAX_DIGESTS }, (_, index) => {
      return { id: index + 1, digest: `d${index}`, expiresMs: index === 0 ? 1500 : 9000, validFromMs: 1000 };
    });
    const file = join(folder, 'digests.jsonl');
    writeFileSync(file, claims.map((claim) => `${JSON.stringify(claim)}\n`).join(''));
    const full = new Journal(folder);
    expect(full.hasRoomForDigest()).toBe(false);
    expect([full.ranAs('d0'), full.ranAs(`d${MAX_DIGESTS - 1}`)]).toEqual([1, MAX_DIGESTS]);
    full.close();
    appendFileSync(file, `${JSON.stringify({ signedTimeMs: 2000 })}\n`);
    const later = new Journal(folder);
    expect(later.hasRoomForDigest()).toBe(true);
    expect([later.ranAs('d0'), later.ranAs('d1')]).toEqual([undefined, 2]);
    later.close();
  });

  test('of large commands leaves a small journal and few answers', () => {
    const journal = new Journal(folder);
    const body = 'x'.repeat(MB);
    for (let id = 1; id <= 60; id++) {
      journal.recordReceived(id, body);
      journal.recordStarted(id, { digest: `d${id}`, ...WINDOW });
      journal.recordAnswered(id, body);
      journal.recordConfirmed(id);
      expect(statSync(join(folder, 'journal.jsonl')).size).toBeLessThan(6 * MB);
      expect(bytesBelow(join(folder, 'answers'))).toBeLessThanOrEqual(MAX_KEPT_BYTES + MB);
    }
    expect([journal.answer(60), journal.answer(1)]).toEqual([body, undefined]);
    expect([journal.state(1), journal.ranAs('d1')]).toEqual(['confirmed', 1]);
    journal.close();
  });

  test('of answers that the relay does not confirm makes commands wait until it confirms one', () => {
    const journal = new Journal(folder);
    const answer = 'x'.repeat(MB);
    let id = 1;
    const takeOne = () => {
      journal.recordReceived(id, 'body');
      journal.recordStarted(id, { digest: `d${id}`, ...WINDOW });
      journal.recordAnswered(id++, answer);
    };
    // The journal keeps room for one answer of the maximum size: the next command may need it.
    for (let bytes = MAX_RESULT_BYTES; bytes <= MAX_UNCONFIRMED_BYTES; bytes += MB) takeOne();
    expect(takeOne).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(() => journal.check()).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    journal.recordConfirmed(1);
    expect(() => journal.check()).not.toThrow();
    takeOne();
    for (const waiting of journal.unconfirmed()) expect(journal.answer(waiting)).toBe(answer);
    journal.close();
  });
});

test('the agent keeps less than 64 MB on its disk, even while it rewrites its files', () => {
  const journal = new Journal(folder);
  const quotes = '"'.repeat(MAX_COMMAND_BYTES); // twice as long in the journal
  let mostBytes = 0;
  const measure = () => {
    mostBytes = Math.max(mostBytes, bytesBelow(folder));
  };
  const answer = 'x'.repeat(MAX_RESULT_BYTES);
  for (let id = 1; id <= 60; id++) {
    for (let refused = 1; refused <= 20; refused++) {
      journal.recordRefused(id * 1000 + refused, {
        digest: `${refused}`.padEnd(64, 'r'),
        answer: quotes.slice(0, 2000),
      });
    }
    try {
      journal.recordReceived(id, id % 2 === 0 ? quotes : 'small');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      for (const { id } of journal.unfinished()) journal.recordAnswered(id, answer);
      measure();
      for (const waiting of journal.unconfirmed()) journal.recordConfirmed(waiting);
    }
    measure();
  }
  journal.close();
  const claims = Array.from({ length: MAX_DIGESTS + 2_500 }, (_, index) => {
    const digest = `${index}`.padEnd(64, 'd');
    return JSON.stringify({
      id: 2 ** 53 - 1 - index,
      digest,
      expiresMs: 2e14,
      validFromMs: 2e14,
      by: 'eightbyt',
    });
  });
  const digestBytes = Buffer.byteLength(claims.join('\n'));
  const report = 16 * MB;
  const rewrittenJournal = MAX_UNFINISHED_BYTES + 1.5 * MB;
  expect(mostBytes + rewrittenJournal + 2 * digestBytes + report + MAX_COMMAND_BYTES).toBeLessThan(64 * MB);
});

test('answers that could not be written to the disk count towards the limit, too', () => {
  const journal = new Journal(folder);
  // A folder in the place of the answer file makes writing it fail.
  const obstacle = (id: number) => join(folder, 'answers', `${id}.json`);
  const takeOne = (id: number) => {
    mkdirSync(obstacle(id), { recursive: true });
    journal.recordReceived(id, 'body');
    journal.recordStarted(id, { digest: `d${id}`, ...WINDOW });
    journal.recordAnswered(id, 'x'.repeat(MAX_RESULT_BYTES));
  };
  let id = 1;
  for (let bytes = MAX_RESULT_BYTES; bytes <= MAX_UNCONFIRMED_BYTES; bytes += MAX_RESULT_BYTES) takeOne(id++);
  expect(() => takeOne(id)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  rmSync(obstacle(1), { recursive: true });
  journal.recordConfirmed(1);
  takeOne(id);
  expect(journal.answer(id)).toHaveLength(MAX_RESULT_BYTES);
  journal.close();
});

describe('an agent that waits behind another one', () => {
  const open = () => ({
    main: new Journal(folder),
    waiting: new Journal(join(folder, 'waiting-1'), { sharedDir: folder }),
  });

  test('shares the digests: an action that one of the two has started never starts in the other', () => {
    const attempt = fc.record({
      who: fc.constantFrom('main' as const, 'waiting' as const),
      action: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 30 }), (attempts) => {
        rmSync(folder, { recursive: true });
        const journals = open();
        const first = new Map<string, number>();
        for (const [id, { who, action }] of attempts.entries()) {
          const digest = `d${action}`;
          expect(journals[who].recordStarted(id, { digest, ...WINDOW })).toBe(!first.has(digest));
          if (!first.has(digest)) first.set(digest, id);
        }
        journals.main.close();
        journals.waiting.close();
        rmSync(join(folder, 'waiting-1'), { recursive: true });
        const next = new Journal(folder);
        for (const [digest, id] of first) expect(next.ranAs(digest)).toBe(id);
        next.close();
      }),
      { numRuns: 20 },
    );
  });

  test('leaves its answers to the endpoint', () => {
    const { main, waiting } = open();
    waiting.recordReceived(7, 'body');
    waiting.recordStarted(7, { digest: 'd7', ...WINDOW });
    waiting.recordAnswered(7, 'an answer');
    waiting.recordConfirmed(7);
    waiting.close();
    main.close();
    rmSync(join(folder, 'waiting-1'), { recursive: true });
    const next = new Journal(folder);
    expect([next.state(7), next.answer(7)]).toEqual(['confirmed', 'an answer']);
    next.close();
  });

  test('reads the digests again when their file was replaced', () => {
    const { main, waiting } = open();
    main.recordStarted(1, { digest: 'd1', ...WINDOW });
    const file = join(folder, 'digests.jsonl');
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    writeFileSync(file, text, { mode: 0o600 });
    expect(waiting.recordStarted(2, { digest: 'd1', ...WINDOW })).toBe(false);
    expect(waiting.recordStarted(3, { digest: 'd3', ...WINDOW })).toBe(true);
    expect(main.ranAs('d3')).toBe(3);
    main.close();
    waiting.close();
  });
});

const MB = 1024 * 1024;

function bytesBelow(path: string): number {
  if (!existsSync(path)) return 0;
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, one) => sum + statSync(join(one.parentPath, one.name)).size, 0);
}
