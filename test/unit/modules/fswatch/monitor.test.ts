import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitFor } from '../../../../dev/wait-for.ts';
import { openRuntimeWatcher } from '../../../../modules/fswatch/darwin.ts';
import { parseEntry } from '../../../../modules/fswatch/entries.ts';
import { hashFile } from '../../../../modules/fswatch/hash-file.ts';
import { HashQueue } from '../../../../modules/fswatch/hash-queue.ts';
import { Monitor } from '../../../../modules/fswatch/monitor.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'mig-fswatch-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...names: string[]) => join(folder, ...names);

/** A monitor whose events come from the test: the watcher of the runtime only shows that paths can be watched. */
function open(paths: string[], { maxObjects = 1000, isConfigured = true } = {}) {
  const state = { logs: [] as string[], alerts: [] as { severity: string; alert: string }[], nowMs: 1e9 };
  const hashed: string[] = [];
  const watcher = openRuntimeWatcher({ onEvent: () => {}, onError: () => {} });
  const monitor: Monitor = new Monitor(paths.map(parseEntry), {
    host: {
      log: (line) => state.logs.push(line),
      alert: (text) => state.alerts.push(JSON.parse(text)),
      fail: (error) => {
        throw error;
      },
    },
    isConfigured,
    watcher,
    hashes: new HashQueue({
      hash: hashFile,
      onHash(path, hash) {
        monitor.compare(path, hash);
        hashed.push(path);
      },
    }),
    delayMs: () => 0,
    now: () => state.nowMs,
    maxObjects,
  });
  const seen = (count: number) => waitFor(`${count} hashes`, () => hashed.length >= count, { everyMs: 5 });
  return { monitor, state, hashed, seen };
}

describe('a file in a watched folder', () => {
  test('raises a critical alert when its content changed, at most one in 15 minutes', async () => {
    writeFileSync(at('a'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(1);
    writeFileSync(at('a'), 'two');
    monitor.handle({ kind: 'written', path: at('a') });
    await seen(2);
    expect(state.alerts).toEqual([
      {
        severity: 'critical',
        alert: `${at('a')} signature changed 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed -> 3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3`,
      },
    ]);
    for (const [minutes, alerts] of [
      [14, 1],
      [1, 2],
    ] as const) {
      state.nowMs += minutes * 60_000;
      appendFileSync(at('a'), 'more');
      monitor.handle({ kind: 'written', path: at('a') });
      await seen(2 + alerts);
      expect(state.alerts).toHaveLength(alerts);
    }
  });

  test('raises none when it was written with the same content', async () => {
    writeFileSync(at('a'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(1);
    monitor.handle({ kind: 'written', path: at('a') });
    await seen(2);
    expect(state.alerts).toEqual([]);
  });

  test('that is new is only recorded, and compared from then on', async () => {
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    writeFileSync(at('new'), '1');
    monitor.handle({ kind: 'created', path: at('new') });
    await seen(1);
    expect(state.alerts).toEqual([]);
    writeFileSync(at('new'), '2');
    monitor.handle({ kind: 'written', path: at('new') });
    await seen(2);
    expect(state.alerts).toMatchObject([{ severity: 'critical' }]);
  });

  test('that was replaced by another through a rename is compared with the earlier content', async () => {
    writeFileSync(at('a'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(1);
    writeFileSync(at('.a.new'), 'two');
    renameSync(at('.a.new'), at('a'));
    monitor.handle({ kind: 'created', path: at('a') });
    await seen(2);
    expect(state.alerts).toMatchObject([{ severity: 'critical' }]);
  });

  test('that became a link, or cannot be read, has the empty hash', async () => {
    writeFileSync(at('a'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(1);
    rmSync(at('a'));
    symlinkSync('/etc/passwd', at('a'));
    monitor.handle({ kind: 'written', path: at('a') });
    await seen(2);
    expect(state.alerts).toMatchObject([
      { alert: expect.stringMatching(/ signature changed [0-9a-f]{64} -> $/) },
    ]);
  });

  test('that was a link for a while is compared with the content before', async () => {
    writeFileSync(at('a'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(1);
    let count = 1;
    const replace = async (make: (path: string) => void, minutes = 20) => {
      make(at('.a.new'));
      renameSync(at('.a.new'), at('a'));
      state.nowMs += minutes * 60_000;
      monitor.handle({ kind: 'created', path: at('a') });
      await seen(++count);
    };
    const link = (path: string) => symlinkSync('/etc/passwd', path);
    await replace(link);
    await replace(link);
    await replace((path) => writeFileSync(path, 'one'));
    expect(state.alerts).toMatchObject([{ alert: expect.stringMatching(/ [0-9a-f]{64} -> $/) }]);
    await replace(link);
    await replace((path) => writeFileSync(path, 'evil'), 0);
    expect(state.alerts.slice(1)).toMatchObject([
      { alert: expect.stringMatching(/ [0-9a-f]{64} -> $/) },
      { severity: 'critical', alert: expect.stringMatching(/ 7692c3ad[0-9a-f]{56} -> [0-9a-f]{64}$/) },
    ]);
  });

  test('that was removed raises a low alert, once', async () => {
    writeFileSync(at('a'), 'one');
    writeFileSync(at('b'), 'one');
    const { monitor, state, seen } = open([folder]);
    monitor.start();
    await seen(2);
    for (let i = 0; i < 2; i++) monitor.handle({ kind: 'removed', path: at('a') });
    expect(state.alerts).toEqual([{ severity: 'low', alert: `path ${at('a')} removed` }]);
    expect(state.logs).toContain(`removing monitoring for object ${at('a')}`);
  });
});

describe('a recursive entry', () => {
  test('watches what is below it, and folders that are made later with all that they hold', async () => {
    mkdirSync(at('sub', 'deep'), { recursive: true });
    writeFileSync(at('sub', 'deep', 'a'), '1');
    symlinkSync(folder, at('sub', 'circle'));
    const { monitor, state, hashed, seen } = open([`recursive:${folder}`]);
    monitor.start();
    await seen(1);
    expect(state.logs).toEqual(
      ['', '/sub', '/sub/deep'].map((name) => `adding monitoring for object ${folder}${name}`),
    );
    mkdirSync(at('new', 'inner'), { recursive: true });
    writeFileSync(at('new', 'inner', 'b'), '2');
    monitor.handle({ kind: 'created', path: at('new') });
    await seen(2);
    expect(hashed).toEqual([at('sub', 'deep', 'a'), at('new', 'inner', 'b')]);
  });

  test('raises a medium alert for a new path that is gone again', () => {
    const { monitor, state } = open([`recursive:${folder}`]);
    monitor.start();
    monitor.handle({ kind: 'created', path: at('gone') });
    expect(state.alerts).toEqual([{ severity: 'medium', alert: `unable to stat new path ${at('gone')}` }]);
  });

  test('forgets a folder that was moved away with all below it', async () => {
    mkdirSync(at('sub'));
    writeFileSync(at('sub', 'a'), '1');
    writeFileSync(at('b'), '1');
    const { monitor, state, seen } = open([`recursive:${folder}`]);
    monitor.start();
    await seen(2);
    renameSync(at('sub'), at('elsewhere'));
    monitor.handle({ kind: 'removed', path: at('sub') });
    monitor.handle({ kind: 'removed', path: at('sub', 'a') });
    expect(state.alerts.filter(({ severity }) => severity === 'low')).toEqual([
      { severity: 'low', alert: `path ${at('sub')} removed` },
    ]);
  });

  test('is bounded, and says so in an alert', async () => {
    for (let i = 0; i < 20; i++) writeFileSync(at(`f${i}`), '');
    const { monitor, state, seen } = open([`recursive:${folder}`], { maxObjects: 10 });
    monitor.start();
    await seen(9);
    expect(state.alerts).toEqual([
      { severity: 'high', alert: expect.stringMatching(/^more than 10 objects: .* are not monitored$/) },
    ]);
  });
});

test('an event that belongs to no entry raises a high alert', () => {
  const { monitor, state } = open([folder]);
  monitor.start();
  monitor.handle({ kind: 'written', path: '/somewhere/else' });
  expect(state.alerts).toEqual([{ severity: 'high', alert: 'unhandled notification for /somewhere/else' }]);
});

test('the last object of an entry is looked for until it comes back', async () => {
  writeFileSync(at('a'), '1');
  const { monitor, state, seen } = open([at('a')]);
  monitor.start();
  await seen(1);
  rmSync(at('a'));
  monitor.handle({ kind: 'removed', path: at('a') });
  expect(state.logs.at(-1)).toBe(`last object in ${at('a')} removed, periodically checking for existence`);
  writeFileSync(at('a'), '2');
  await seen(2);
  expect(state.logs.at(-1)).toBe(`adding monitoring for object ${at('a')}`);
});

test('after lost events every object is compared, and what is new is watched', async () => {
  writeFileSync(at('a'), '1');
  writeFileSync(at('b'), '1');
  const { monitor, state, seen, hashed } = open([folder]);
  monitor.start();
  await seen(2);
  writeFileSync(at('a'), '2');
  rmSync(at('b'));
  writeFileSync(at('c'), '3');
  monitor.handle({ kind: 'lost' });
  await seen(4);
  expect(state.alerts.map(({ severity }) => severity).sort()).toEqual(['critical', 'low']);
  expect(hashed).toContain(at('c'));
});

test('a configured path that does not exist, or is neither file nor folder, ends the module', () => {
  expect(() => open([at('none')]).monitor.start()).toThrow(`stat ${at('none')}: no such file or directory`);
  expect(() => open(['/dev/null']).monitor.start()).toThrow(
    'file type of entry path /dev/null cannot be monitored',
  );
});

test('a path of the built-in list that does not exist is left out', () => {
  const { monitor, state } = open([at('none')], { isConfigured: false });
  monitor.start();
  expect(state.logs).toEqual([`${at('none')} does not exist and is not monitored`]);
});

test('two names of one folder are watched once', () => {
  mkdirSync(at('real'));
  symlinkSync('real', at('link'));
  const { monitor, state } = open([at('link'), at('real')]);
  monitor.start();
  expect(state.logs).toEqual([
    `adding monitoring for object ${at('link')}`,
    `${at('real')} is ${at('link')}, which is monitored`,
  ]);
});

test('a hash for a path that is not tracked any more is logged', () => {
  const { monitor, state } = open([folder]);
  monitor.compare('/gone', 'x');
  expect(state.logs).toEqual(['warning: received hash reply for untracked object /gone']);
});
