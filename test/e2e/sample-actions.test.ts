import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, inject, test } from 'vitest';
import { readActionFile } from '../../agent/operator/action-file.ts';
import { findModule } from '../../modules/all-modules.ts';

const ACTIONS = fileURLToPath(new URL('../fixtures/actions/', import.meta.url));
const files = readdirSync(ACTIONS).filter((name) => name.endsWith('.json'));
/** They ask servers of the internet. */
const ASKS_OTHERS = new Set(['ping', 'timedrift']);

const folder = mkdtempSync(join(tmpdir(), 'mig-samples-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = join(folder, 'agent.cfg');
// Some actions search all of the disk: what they have after this time is enough.
writeFileSync(config, `[agent]\nmoduletimeout = "4s"\nrundir = "${folder}"\n`);

interface Result {
  success: boolean;
  errors: string[] | null;
}

/** Writes an action without the operations that this machine should not run. */
function withoutOthers(name: string): { path: string; modules: string[] } {
  const action = readActionFile(join(ACTIONS, name));
  const operations = action.operations.filter(
    ({ module }) => findModule(module) !== undefined && !ASKS_OTHERS.has(module),
  );
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...action, operations }));
  return { path, modules: operations.map(({ module }) => module) };
}

function isMissing(errors: string[] | null): boolean {
  return (errors ?? []).some((error) => error.includes('is not available'));
}

test.each(files)('%s runs as it is', (name) => {
  const { path, modules } = withoutOthers(name);
  const stdout = execFileSync(inject('agentExecutable'), ['-c', config, '-i', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 ** 2,
  });
  const results: Result[] = JSON.parse(stdout);
  expect(results).toHaveLength(modules.length);
  for (const [index, { success, errors }] of results.entries()) {
    // The agent that these actions end does not run here.
    if (modules[index] === 'agentdestroy')
      expect(errors?.[0]).toMatch(/^PID '\d+' (not found|is not an agent)/);
    else expect({ success, missing: isMissing(errors) }).toEqual({ success: true, missing: false });
  }
});
