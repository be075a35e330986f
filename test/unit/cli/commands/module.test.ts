import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { moduleCommand } from '../../../../cli/commands/module.ts';

const EMPTY_FOLDER = mkdtempSync(join(tmpdir(), 'mig-empty-'));
afterAll(() => rmSync(EMPTY_FOLDER, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** What the process prints on a stream from now on. */
function printedOn(stream: 'stdout' | 'stderr'): () => string {
  const write = vi.spyOn(process[stream], 'write').mockReturnValue(true);
  return () => write.mock.calls.map(([text]) => String(text)).join('');
}

// MIG ignores the flags after such a word, and asks the broader question.
test.each([
  [['-path', '/etc', 'junk', '-name', '^hostname$']],
  [['-path', '/etc', '-name', 'a', 'b']],
  [['-path', '/etc', '--', '-name', 'a']],
  [['-t', "name='x'", '-path', '/etc', '-e', '5m', 'minutes', '-name', 'a']],
])('a stray word among the flags %j is an error that names it', async (args) => {
  await expect(moduleCommand('file', args)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^unexpected word "(junk|b|-name|minutes)"/),
  });
});

test('a module that has no flags names the way to ask it', async () => {
  printedOn('stderr');
  await expect(moduleCommand('agentdestroy', [])).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^the module agentdestroy has no flags: .* mig -i <file>$/),
  });
});

test('without flags the help comes first, and the error names those that are required', async () => {
  const stderr = printedOn('stderr');
  await expect(moduleCommand('file', [])).rejects.toThrow(/^mig file needs flags, as in: mig file -/);
  expect(stderr()).toMatch(/^file: search/);
  await expect(moduleCommand('pkg', [])).rejects.toThrow(
    "mig pkg needs -name <regex>, as in: mig pkg -name '^openssl$'",
  );
  await expect(moduleCommand('upgrade', [])).rejects.toThrow(
    /^mig upgrade needs -version <text>, -location <url>, -checksum <hex>, as in: /,
  );
});

test.each(['fswatch', 'dispatch', 'examplepersist'])(
  'the persistent module %s is refused with -t local, before it runs',
  async (name) => {
    const flags = name === 'examplepersist' ? ['-echo', 'hello'] : [];
    await expect(moduleCommand(name, ['-t', 'local', ...flags])).rejects.toMatchObject({
      code: 'usage',
      message: `${name} runs only beside an agent: -t local does not apply`,
    });
  },
);

test('a local run that finds nothing says so on stderr, and keeps stdout empty', async () => {
  const [stdout, stderr] = [printedOn('stdout'), printedOn('stderr')];
  const search = ['-t', 'local', '-path', EMPTY_FOLDER];
  expect(await moduleCommand('sshkey', search)).toBe(0);
  expect(stdout()).toBe('');
  expect(stderr()).toBe('local: nothing found (-show all prints details)\n');
});
