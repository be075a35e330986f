import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { MODULE_OPTIONS } from '../../../../cli/arguments.ts';
import { moduleCommand as runModule } from '../../../../cli/commands/module.ts';
import { parseModuleLine } from '../../../../cli/commands/module-line.ts';

/** Without -follow-up no other line runs. */
const moduleCommand = (name: string, args: readonly string[]) =>
  runModule(name, args, async () => expect.fail('another line was run'));

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

describe('several operations with + between them', () => {
  const PASSWD = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
  const parse = (...args: string[]) => parseModuleLine('file', args, MODULE_OPTIONS);

  test('each get the flags of their own module, and the options of mig count for all', () => {
    const { options, operations } = parse(
      '-t',
      `os='linux'`,
      ...PASSWD,
      '+',
      'ping',
      '-d',
      'h',
      '-p',
      'tcp',
      '-dp',
      '80',
      '-t',
      '9',
    );
    expect(options.target).toBe(`os='linux'`);
    expect(operations.map(({ module }) => module.name)).toEqual(['file', 'ping']);
    expect(operations[1]?.parameters).toMatchObject({ destination: 'h', protocol: 'tcp', timeout: 9 });
  });

  test('are printed one after the other by a local run, and found when one has found something', async () => {
    const [stdout, stderr] = [printedOn('stdout'), printedOn('stderr')];
    const nothing = ['+', 'file', '-path', EMPTY_FOLDER, '-name', 'x'];
    expect(await moduleCommand('file', ['-t', 'local', ...PASSWD, ...nothing, '+', 'file', ...PASSWD])).toBe(
      0,
    );
    expect(stdout().match(/^\/etc\/passwd /gm)).toHaveLength(2);
    expect(stderr()).toBe('');
  });

  test('are all in the JSON of a local run', async () => {
    const stdout = printedOn('stdout');
    await moduleCommand('file', [
      '-t',
      'local',
      '--json',
      ...PASSWD,
      '+',
      'file',
      '-path',
      EMPTY_FOLDER,
      '-name',
      'x',
    ]);
    const { results, outcome } = JSON.parse(stdout());
    expect(results.map(({ foundanything }: { foundanything: boolean }) => foundanything)).toEqual([
      true,
      false,
    ]);
    expect(outcome).toMatchObject({ complete: true, found: 1 });
  });

  test.each([
    [[...PASSWD, '+'], 'after + comes a module with its flags, as in: mig file '],
    [[...PASSWD, '+', '+', 'netstat'], 'after + comes a module'],
    [
      [...PASSWD, '+', 'netsat', '-ci', '1.2.3.4'],
      'after +: there is no module "netsat"; did you mean netstat?',
    ],
    [[...PASSWD, '+', 'status'], 'after +: there is no module "status"'],
    [[...PASSWD, '+', '-ci', '1.2.3.4'], 'after +: there is no module "-ci"'],
    [
      [...PASSWD, '+', 'netstat', '-ci', '1.2.3.4', '-e', '5m'],
      '-e is an option of mig, not a flag of netstat: write it before the first +',
    ],
    [[...PASSWD, '+', 'netstat', '-ci', '-e'], '-ci'],
    [[...PASSWD, '+', 'netstat', '-cii', '1.2.3.4'], '-cii'],
    [[...PASSWD, '+', 'netstat', '-ci', '1.2.3.4', 'stray'], 'unexpected word "stray"'],
    [['+', 'netstat', '-ci', '1.2.3.4'], 'mig file needs flags'],
    [[...PASSWD, '+', 'netstat'], 'mig netstat needs'],
    [['-t', 'local', ...PASSWD, '+', 'fswatch'], 'fswatch runs only beside an agent'],
  ])('%j is refused', async (args, problem) => {
    printedOn('stderr');
    await expect(moduleCommand('file', args)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(problem),
    });
  });

  test('a value that is a lone + is written with =', () => {
    const { options, operations } = parse('-n=+', ...PASSWD, '+', 'file', ...PASSWD);
    expect([options.name, operations.length]).toEqual(['+', 2]);
  });
});
