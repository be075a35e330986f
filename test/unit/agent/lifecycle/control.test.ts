import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { queryAgent } from '../../../../agent/lifecycle/control.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-control-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a missing socket means that no agent runs', async () => {
  await expect(queryAgent(folder, 'status')).rejects.toMatchObject({
    code: 'unavailable',
    message: `no agent runs here: there is no ${join(folder, 'mig-agent.sock')}`,
  });
});

test('a socket that cannot be reached is an error of its own that names the socket', async () => {
  const runDir = join(folder, 'run');
  symlinkSync(runDir, runDir);
  await expect(queryAgent(runDir, 'status')).rejects.toMatchObject({
    code: 'unauthorized',
    message: `${join(runDir, 'mig-agent.sock')}: the agent cannot be asked: its links lead round in a circle`,
  });
});
