import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MODULE_OPTIONS, parseGlobalOptions } from '../../../cli/arguments.ts';
import { MigError } from '../../../contract/errors.ts';
import { findModule } from '../../../modules/all-modules.ts';

const flags = findModule('file')?.flags ?? {};
const take = (args: readonly string[]) => parseGlobalOptions(args, { flags, allowed: MODULE_OPTIONS });

test('options and module flags may be mixed', () => {
  const line = ['-t', "os='linux'", '-path', '/etc', '-e=60s', '-name', '^passwd$', '--json', '-show', 'all'];
  const { options, rest } = take(line);
  expect(options).toMatchObject({ target: "os='linux'", expiration: '60s', json: true, show: 'all' });
  expect(rest).toEqual(['-path', '/etc', '-name', '^passwd$']);
});

test('a flag is never read as a value, and a value after = never as a flag', () => {
  const { options, rest } = take(['-name=-p', '-content=-s', '-matchany', '-p']);
  expect(options).toMatchObject({ printAction: true, signOnly: false });
  expect(rest).toEqual(['-name=-p', '-content=-s', '-matchany']);
  for (const line of [
    ['-name', '-p'],
    ['-content', '-matchany'],
    ['-t', '-path', '/etc'],
    ['-n', '--json'],
  ]) {
    expect(() => take(line)).toThrow(`${line[0]} has no value: the flag "${line[1]}" follows`);
  }
});

test('a misspelt flag, of the module or a global one, is refused with the likely one', () => {
  for (const [word, meant] of [
    ['-nmae', 'name'],
    ['-Path', 'path'],
    ['--matchlimt=5', 'matchlimit'],
    ['-jsno', 'json'],
    ['-taget-found', 'target-found'],
  ])
    expect(() => take(['-path', '/etc', `${word}`, 'x'])).toThrow(
      `flag provided but not defined: ${word?.replace(/^--?/, '-').split('=')[0]}; did you mean -${meant}?`,
    );
  expect(take(['-path', '/etc', '-nosuchflag']).rest).toEqual(['-path', '/etc', '-nosuchflag']);
});

test.each([
  [['-show', 'some'], '-show must be found, notfound, all or grouped'],
  [['-t'], 'flag needs an argument: -t'],
  [['-target-found', '1', '-target-notfound', '2'], 'cannot be used together'],
  [['-target-found', 'x'], '-target-found needs an action id'],
  [['-p', '-s'], 'cannot be used together'],
  [['-t', 'local', '-p'], '-p and -t local cannot be used together'],
  [['-t', 'local', '-e', '20s'], '-e and -t local cannot be used together'],
  [['-t', ' '], '-t is empty'],
  [['-t', '“os=linux”'], 'its curly quotes'],
  [['-t', 'a', '-t', 'b'], '-t is given twice'],
  [['-i', 'file.json'], '-i does not apply here'],
  [['--json=maybe'], 'invalid boolean value "maybe" for -json'],
  [['-e', 'soon'], '-e must be a duration'],
  [['-e', '0s'], 'no agent could answer in time'],
  [['-e', '999ms'], 'no agent could answer in time'],
  [['-e', '9000h'], 'is longer than a year'],
])('%j is refused', (line, words) => {
  expect(() => take(line)).toThrow(words);
});

test('every word of a command line is an option, part of the rest, or an error', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '-t',
      '-e',
      '-show',
      'all',
      '60s',
      '-p',
      '--json',
      '-path',
      '/etc',
      '-name',
      '-i',
      '-h',
      '--',
      '',
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (line) => {
      try {
        const { rest } = take(line);
        const own = line.filter((_, index) => !isTaken(line, index));
        expect(rest).toEqual(own);
      } catch (error) {
        expect(error instanceof MigError && error.code).toBe('usage');
      }
    }),
    { numRuns: 1000 },
  );
});

/** Whether the word at this index, reading from the left, is a global option or the value of one. */
function isTaken(line: readonly string[], place: number): boolean {
  const takesValue = ['t', 'e', 'n', 'show', 'target-found', 'target-notfound', 'c'];
  for (let i = 0; i <= place; i++) {
    const [, name = '', isInline] = /^--?([A-Za-z][\w-]*)(=)?/.exec(line[i] ?? '') ?? [];
    const isWhole = /^--?[A-Za-z][\w-]*(=[\s\S]*)?$/.test(line[i] ?? '');
    const isOption = isWhole && (takesValue.includes(name) || /^(p|s|z|v|json|y|h|help)$/.test(name));
    const hasValue =
      isWhole && !isInline && (takesValue.includes(name) || (name in flags && flags[name] !== 'boolean'));
    if (i === place) return isOption;
    if (hasValue && i + 1 === place) return isOption;
    if (hasValue) i++;
  }
  return false;
}

test('a name of both is the module’s after the first flag that only the module has', () => {
  const own = { d: 'string', p: 'string', c: 'number', t: 'number' } as const;
  const parse = (...args: string[]) => parseGlobalOptions(args, { flags: own, allowed: MODULE_OPTIONS });
  const { options, rest } = parse(
    '-t',
    "os='linux'",
    '-c',
    'migrc',
    '-d',
    'host',
    '-p',
    'tcp',
    '-c',
    '1',
    '-t',
    '5',
  );
  expect(options).toMatchObject({ target: "os='linux'", configFile: 'migrc' });
  expect(rest).toEqual(['-d', 'host', '-p', 'tcp', '-c', '1', '-t', '5']);
});

const parseFor = (module: string, ...args: string[]) =>
  parseGlobalOptions(args, { module, flags: findModule(module)?.flags ?? {}, allowed: MODULE_OPTIONS });

test('a note tells that a switch of both was taken as the module’s', () => {
  const after = parseFor('scribe', '-path', 'x', '--json');
  expect(after.rest).toEqual(['-path', 'x', '--json']);
  expect(after.options.json).toBe(false);
  expect(after.notes).toEqual([
    '-json after -path is the flag of scribe; for the option of mig, write it first: mig scribe -json -path …',
  ]);
  const before = parseFor('scribe', '--json', '-path', 'x');
  expect(before.options.json).toBe(true);
  expect(before.notes).toEqual([]);
});

test('nothing is noted where the value fits only one of both', () => {
  const args = ['-t', "os='linux'", '-d', 'host', '-p', 'tcp', '-dp', '80', '-c', '1', '-t', '5'];
  expect(parseFor('ping', ...args).notes).toEqual([]);
});

test.each([
  [['-t', '5', '-d', 'host'], '-t before the flags of ping is the option of mig'],
  [['-c', '3'], 'for the flag of ping, write -c 3 after one of -d, -dp'],
  [['-p', 'tcp', '-d', 'host'], 'write -p tcp after one of -d, -dp'],
  [['-d', 'host', '-t', "os='linux'"], `write it first: mig ping -t "os='linux'" -d …`],
  [['-d', 'host', '-c', 'migrc'], 'write it first: mig ping -c migrc -d …'],
])('%j is refused: the flag is on the wrong side', (args, words) => {
  expect(() => parseFor('ping', ...args)).toThrow(words);
});
