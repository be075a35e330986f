import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunnerEvent } from '../../../../../cli/runner/events/runner-log.ts';
import { deliver } from '../../../../../cli/runner/plugins/deliver.ts';
import { runPlugin } from '../../../../../cli/runner/plugins/run-plugin.ts';
import { waitFor } from '../../../../../dev/wait-for.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-runner-plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inputFile = join(folder, 'results.json');
writeFileSync(inputFile, JSON.stringify({ commands: 'x'.repeat(1_000_000) }));

function plugin(script: string): string {
  const file = join(folder, 'plugin');
  rmSync(file, { force: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
const run = (script: string, options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  runPlugin({
    file: plugin(script),
    inputFile,
    timeoutMs: 30_000,
    graceMs: 300,
    signal: new AbortController().signal,
    ...options,
  });

test('a plugin gets the whole file on stdin', async () => {
  expect(await run(`cat > ${folder}/got`)).toEqual({ isDone: true, end: 'exit status 0', lastLines: [] });
  expect(readFileSync(join(folder, 'got'), 'utf8')).toBe(readFileSync(inputFile, 'utf8'));
});

test('a plugin gets the whole file also when the runner is killed meanwhile', async () => {
  const file = plugin(`sleep 0.5; cat > ${folder}/after && mv ${folder}/after ${folder}/whole`);
  const source = fileURLToPath(new URL('../../../../../cli/runner/plugins/run-plugin.ts', import.meta.url));
  const run = JSON.stringify({ file, inputFile, timeoutMs: 30_000 });
  const script = `import { runPlugin } from ${JSON.stringify(source)};
    process.stdout.write('started');
    await runPlugin({ ...${run}, signal: new AbortController().signal });`;
  const runner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(runner.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, 200));
  runner.kill('SIGKILL');
  await waitFor('the plugin', () => existsSync(join(folder, 'whole')));
  expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe(readFileSync(inputFile, 'utf8'));
});

test('a plugin need not read its input', async () => {
  expect(await run('exit 0')).toMatchObject({ isDone: true });
});

test('the status and the last lines of a plugin are kept, however much it prints', async () => {
  const { isDone, end, lastLines } = await run('seq 1 300000; echo the end >&2; sleep 0.1; exit 3');
  expect({ isDone, end, count: lastLines.length, last: lastLines.at(-1) }).toEqual({
    isDone: false,
    end: 'exit status 3',
    count: 10,
    last: 'the end',
  });
  const endless = await run('yes | tr -d "\\n"', { timeoutMs: 500 });
  expect(endless.lastLines.join('').length).toBeLessThanOrEqual(8192);
});

test('a plugin that a signal ends has failed', async () => {
  expect(await run('kill -9 $$')).toMatchObject({ isDone: false, end: 'ended by SIGKILL' });
});

test('a plugin that takes too long is ended with all that it started', async () => {
  const script = `trap '' TERM; sh -c 'trap "" TERM; while true; do echo x >> ${folder}/alive; sleep 0.1; done' & wait; sleep 60`;
  expect(await run(script, { timeoutMs: 500 })).toMatchObject({ isDone: false, end: 'stopped after 0.5 s' });
  const size = () => readFileSync(join(folder, 'alive')).length;
  let before = -1;
  const isStill = () => {
    const grown = size() !== before;
    before = size();
    return !grown;
  };
  await waitFor('the end of the group', isStill, { everyMs: 400 });
});

test('a program that a plugin leaves behind does not hold up the runner', async () => {
  const startMs = performance.now();
  expect(await run('sleep 20 & exit 0')).toMatchObject({ isDone: true });
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

test('a file that is no program cannot start', async () => {
  const file = plugin('');
  writeFileSync(file, '\u0000\u0001 no program');
  const outcome = await runPlugin({
    file,
    inputFile,
    timeoutMs: 5_000,
    signal: new AbortController().signal,
  });
  expect(outcome).toMatchObject({ isDone: false });
});

describe('deliver', () => {
  const delivery = { job: 'daily', actionId: 7, plugin: 'plugin', resultsFile: inputFile, timeoutMs: 30_000 };
  const report = async (name: string, signal = new AbortController().signal) => {
    const events: RunnerEvent[] = [];
    const log = (event: RunnerEvent) => void events.push(event);
    const isDone = await deliver({ pluginsFolder: folder, log, signal }, { ...delivery, plugin: name });
    return { isDone, events: events.map(({ event, message }) => `${event}: ${message}`) };
  };

  test('logs the failure of a plugin and how to repeat it', async () => {
    plugin('echo one; echo two >&2; exit 2');
    const { isDone, events } = await report('plugin');
    expect(isDone).toBe(false);
    expect(events.slice(0, 2).sort()).toEqual([
      'plugin-output: plugin plugin: one',
      'plugin-output: plugin plugin: two',
    ]);
    expect(events[2]).toBe(
      `delivery-failed: plugin plugin failed on action 7: exit status 2; to repeat it: ${folder}/plugin < ${inputFile}`,
    );
  });

  test('logs that the plugin is gone', async () => {
    const { events } = await report('gone');
    expect(events[0]).toContain('delivery-failed: plugin gone failed on action 7: plugin ');
    expect(existsSync(join(folder, 'gone'))).toBe(false);
  });

  test('says that a plugin that was stopped with the runner gets its results again', async () => {
    plugin('sleep 30');
    const stop = new AbortController();
    const reported = report('plugin', stop.signal);
    setTimeout(() => stop.abort(), 200);
    expect((await reported).events).toEqual([
      'delivery-stopped: plugin plugin was stopped, and gets action 7 again',
    ]);
  });
});
