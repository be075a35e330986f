import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

const COUNT = 100_000;
/** The records take more than this, also as text alone. */
const MAX_HEAP_MB = 64;

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'host-' || n, 'linux.long.' || n, 'daemon', '20260101+a.prod', 4, now(), now(), now(), 'online',
       json_build_object('os', 'linux', 'ident', repeat('x', 500)), '{}'
     FROM generate_series(1, $1::int) AS n`,
    [COUNT],
  );
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Runs `mig` with a small heap. Counts its lines as they come. */
async function countLines(
  args: readonly string[],
): Promise<{ status: number | null; lines: number; stderr: string }> {
  const { migrc } = cliOf(platform, 'bob');
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), ...args, '-c', migrc], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MB}` },
  });
  let lines = 0;
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) lines++;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  return { status: await exitStatus(child), lines, stderr };
}

test('a list of 100,000 agents is one JSON document, and needs a few megabytes', async () => {
  const { status, lines, stderr } = await countLines(['list', 'agents', '-all', '--json']);
  expect({ status, lines, stderr }).toEqual({ status: 0, lines: COUNT + '[]'.length, stderr: '' });
});
