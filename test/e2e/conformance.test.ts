import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';

const CONFORMANCE = fileURLToPath(new URL('../fixtures/conformance/', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'mig-conformance-'));
rmSync(root, { recursive: true });
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Accidents of MIG's file module that we do not copy. docs/quirks.md has the reason of each. */
const DECIDED_AGAINST = [
  'content-mismatch-hash-all',
  'content-mismatch-inverse',
  'decompress-empty-file',
  'decompress-empty-sha256-fatal',
  'decompress-onebyte',
  'macroal-any-two-early-stop',
  'maxerrors-nofilter-any',
  'multi-inverse-content-leak',
  'multi-prefix-scope',
];

/** Modules of which every case passes, and how many there are. */
const COMPLETE = { agentdestroy: 5, netstat: 19, pkg: 15, sshkey: 17, timedrift: 18 };

/** Runs MIG's cases of a module through the executable. Returns the last line and the failed cases. */
async function conformance(module: string) {
  const agent = inject('agentExecutable');
  const parseFlags = `${process.execPath} --import tsx ${join(ROOT, 'dev', 'parse-flags.ts')} {module}`;
  // Trees of two kinds refuse to replace each other.
  const args = ['run.mjs', '--cases', `${module}/cases.json`, '--root', join(root, module)];
  const programs = ['--agent', `${agent} -m {module}`, '--pretty', `${agent} -p -m {module}`];
  const child = spawn(process.execPath, [...args, ...programs, '--cli', parseFlags], {
    cwd: CONFORMANCE,
    env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
  });
  const output = await text(child.stdout);
  const failed = [...output.matchAll(/^FAIL (\S+) \[(\w+)\]/gm)].map(([, id, level]) => ({ id, level }));
  return { failed, summary: output.trim().split('\n').at(-1) };
}

test('the file module passes every core case of MIG through the executable, and fails only named quirks', async () => {
  const { failed, summary } = await conformance('file');
  expect(failed.filter(({ level }) => level === 'core')).toEqual([]);
  expect(failed.map(({ id }) => id).sort()).toEqual(DECIDED_AGAINST);
  expect(summary).toMatch(/^(158|159) passed, 9 failed, [01] skipped$/);
});

test('the scribe module passes every core case of MIG, and reports each of two tests with one id', async () => {
  expect(await conformance('scribe')).toEqual({
    failed: [{ id: 'duplicate-test-ids', level: 'quirk' }],
    summary: '42 passed, 1 failed, 0 skipped',
  });
});

test('the ping module passes every core case of MIG, and survives a refused connection', async () => {
  expect(await conformance('ping')).toEqual({
    failed: [{ id: 'tcp-refused', level: 'quirk' }],
    summary: '8 passed, 1 failed, 0 skipped',
  });
});

for (const [module, cases] of Object.entries(COMPLETE)) {
  test(`the ${module} module passes every case of MIG`, async () => {
    expect(await conformance(module)).toEqual({
      failed: [],
      summary: `${cases} passed, 0 failed, 0 skipped`,
    });
  });
}
