import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createFileSink } from '../../worker/sinks/file-sink.ts';
import { runSink } from '../../worker/sinks/run-sink.ts';
import { log, openPlatform, workerEnv } from '../setup/platform.ts';
import { emit } from '../setup/webhooks.ts';

/** Of the whole lines. */
const numbersIn = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).data.waiverid);

test.each([
  { at: 'after claim before sink', before: [], after: [1, 2, 3] },
  { at: 'after sink before mark', before: [1], after: [1, 1, 2, 3] },
])(
  'a worker that is killed $at leaves its events to the next one',
  async ({ at, before, after }) => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-sinks-killed-'));
    const file = join(folder, 'events');
    await using platform = await openPlatform({ worker: false });
    const { pool } = platform;
    const crashing = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'dev', 'crash-worker.ts')], {
      env: {
        ...process.env,
        ...workerEnv(platform),
        MIG_EVENTS_FILE: file,
        MIG_CRASH_AT: at,
        MIG_LOG_LEVEL: 'silent',
      },
      stdio: 'ignore',
      cwd: ROOT,
    });
    const ended = once(crashing, 'exit');
    await waitFor(
      'the reader',
      async () => (await pool.query(`SELECT FROM event_readers WHERE name = 'file'`)).rowCount === 1,
      { timeoutMs: 150_000 },
    );
    await emit(platform, 1);
    const [, signal] = await ended;
    expect(signal).toBe('SIGKILL');
    expect(existsSync(file) ? numbersIn(file) : []).toEqual(before);
    // As if it had been killed within the write of the next one.
    appendFileSync(file, '{"id":"evt_');
    await emit(platform, 2);
    await emit(platform, 3);
    await using successor = runSink(
      { pool, log, checkpoint: () => {} },
      createFileSink({ file, format: 'jsonl' }),
    );
    const { rows } = await pool.query(
      `SELECT holder IS NOT NULL AS held FROM event_readers WHERE name = 'file'`,
    );
    expect(rows).toEqual([{ held: true }]);
    // The claim of the killed worker ends.
    await pool.query('UPDATE event_readers SET helduntil = now() WHERE holder IS NOT NULL');
    successor.wake();
    await waitFor('the lines', () => numbersIn(file).at(-1) === 3);
    expect(numbersIn(file)).toEqual(after);
    expect(readFileSync(file, 'utf8')).toMatch(/\n$/);
    rmSync(folder, { recursive: true });
  },
  200_000,
);
