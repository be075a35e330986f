import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import { ROOT } from '../../dev/build.ts';

const CONFORMANCE = fileURLToPath(new URL('../fixtures/conformance/', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'mig-conformance-'));
rmSync(root, { recursive: true });
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Accidents of MIG's file module that we do not copy; each with its reason in docs/quirks.md. */
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

test('the file module passes every core case of MIG through the executable, and fails only named quirks', async () => {
  const agent = inject('agentExecutable');
  const parseFlags = `${process.execPath} --import tsx ${join(ROOT, 'scripts', 'parse-flags.ts')} {module}`;
  const args = ['run.mjs', '--cases', 'file/cases.json', '--root', root, '--agent', `${agent} -m {module}`];
  const child = spawn(
    process.execPath,
    [...args, '--pretty', `${agent} -p -m {module}`, '--cli', parseFlags],
    {
      cwd: CONFORMANCE,
      env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
    },
  );
  const output = await text(child.stdout);
  const failed = [...output.matchAll(/^FAIL (\S+) \[(\w+)\]/gm)].map(([, id, level]) => ({ id, level }));
  expect(failed.filter(({ level }) => level === 'core')).toEqual([]);
  expect(failed.map(({ id }) => id).sort()).toEqual(DECIDED_AGAINST);
  expect(output).toMatch(/^(158|159) passed, 9 failed, [01] skipped$/m);
});
