import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ProcessTree } from '../../../../../agent/run/limits/process-tree.ts';
import { startHeadless } from '../../../../setup/headless-process.ts';

test.runIf(process.platform === 'linux')(
  'a process whose main thread has ended is measured and killed',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-tree-'));
    await using headless = await startHeadless(join(folder, 'opened'));
    const tree = new ProcessTree(headless.pid, 'MARK=headless');
    const { pids, anonymousBytes } = await tree.usage(10);
    expect(pids).toEqual([headless.pid]);
    expect(anonymousBytes).toBeGreaterThan(1_000_000);
    const ended = once(headless.child, 'exit');
    await tree.kill();
    expect(await ended).toEqual([null, 'SIGKILL']);
    rmSync(folder, { recursive: true });
  },
);
