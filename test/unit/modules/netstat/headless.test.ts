import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listNamespaces } from '../../../../modules/netstat/namespaces.ts';
import { startHeadless } from '../../../setup/headless-process.ts';

test.runIf(process.platform === 'linux')(
  'the network namespace of a process whose main thread has ended is found',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-headless-'));
    await using headless = await startHeadless(join(folder, 'opened'));
    const { found, errors } = listNamespaces('/proc', [headless.pid]);
    expect(errors).toEqual([]);
    expect(found.map(({ name }) => name)).toEqual([readlinkSync('/proc/self/ns/net')]);
    rmSync(folder, { recursive: true });
  },
);
