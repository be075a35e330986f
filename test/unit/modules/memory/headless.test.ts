import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTarget } from '../../../../modules/memory/target.ts';
import { defined } from '../../../setup/defined.ts';
import { startHeadless } from '../../../setup/headless-process.ts';

test.runIf(process.platform === 'linux')(
  'a process whose main thread has ended has a name, mappings and memory',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-headless-'));
    await using headless = await startHeadless(join(folder, 'opened'));
    const target = openTarget(headless.pid);
    if (typeof target === 'string') throw new Error(target);
    expect(target.name).toBe(headless.executable);
    const first = target.withMappings((mappings) =>
      [...mappings].find(({ path }) => path === headless.executable),
    );
    const start = Buffer.alloc(4);
    expect(target.read(start, defined(first).start)).toBe(4);
    expect(start.toString('latin1')).toBe('\x7fELF');
    expect(target.readPagemap?.(Buffer.alloc(8), 0)).toBe(8);
    target.close();
    rmSync(folder, { recursive: true });
  },
);
