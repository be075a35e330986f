import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processRun } from '../../../../modules/process/run.ts';
import { startHeadless } from '../../../setup/headless-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-headless-'));
const context = { loadHost: () => Promise.reject(new Error('the module needs no agent')) };

describe.runIf(process.platform === 'linux')('a process whose main thread has ended is found by', () => {
  let headless: Awaited<ReturnType<typeof startHeadless>>;
  beforeAll(async () => {
    headless = await startHeadless(join(folder, 'opened'));
  });
  afterAll(async () => {
    await headless[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ['its path', () => ({ paths: ['/bun$'] })],
    ['its command line', () => ({ commands: [`${folder}/opened$`] })],
    ['its open files', () => ({ files: [`^${folder}/opened$`] })],
    ['its sockets', () => ({ sockets: [`local 127.0.0.1:${headless.port}`] })],
    ['its hash', () => ({ sha256: [sha256Of(headless.executable)] })],
  ])(
    '%s',
    async (_, filters) => {
      const searches = { s1: { ...filters(), names: ['^bun$'], options: { matchall: true } } };
      const { elements } = await processRun.run({ searches }, context);
      const { s1 } = elements as { s1: { pid: number; path: string }[] };
      expect(s1).toContainEqual(expect.objectContaining({ pid: headless.pid, path: headless.executable }));
    },
    300_000,
  ); // To hash a hundred megabytes takes long on a busy machine.

  test('nothing that it does not have', async () => {
    const searches = { s1: { deleted: true, names: ['^bun$'], options: { matchall: true } } };
    const { elements } = await processRun.run({ searches }, context);
    expect(JSON.stringify(elements)).not.toContain(`"pid":${headless.pid},`);
  });
});

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
