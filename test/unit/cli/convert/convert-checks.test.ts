import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { sweepConvertCommand } from '../../../../cli/commands/sweep-convert.ts';
import { convertChecks, type WrittenCheck } from '../../../../cli/convert/convert-checks.ts';
import { countReasons } from '../../../../cli/convert/count-reasons.ts';
import { writeChecks } from '../../../../cli/convert/write-checks.ts';
import { parseCheck } from '../../../../contract/compliance.ts';
import { MigError } from '../../../../contract/errors.ts';
import { verdictOf } from '../../../../contract/rules/verdict.ts';
import { findModule } from '../../../../modules/all-modules.ts';
import { defined } from '../../../setup/defined.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-convert-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});

function write(path: string, text: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const policy = (checks: string, more = '') =>
  write('policy.yml', `policy:\n  id: "own"\n  name: "Own policy"\n${more}\nchecks:\n${checks}`);

const check = (condition: string, rules: readonly string[], id = 1) =>
  `  - id: ${id}\n    name: "A check"\n    condition: ${condition}\n    rules:\n${rules.map((rule) => `      - '${rule}'\n`).join('')}`;

const convertPolicy = (path: string) =>
  convertChecks({ format: 'wazuh-sca', input: path, product: 'debian12', profile: undefined });

const convertOne = (condition: string, rules: readonly string[], more?: string) =>
  defined(convertPolicy(policy(check(condition, rules), more))[0]);

/** What our modules say of a converted check. */
async function verdictNow({ text }: WrittenCheck) {
  const { action, expectations, condition } = parseCheck(text);
  const answers = [];
  for (const [index, { module, parameters }] of action.operations.entries()) {
    const { run } = await defined(findModule(module)).loadRun();
    const result = await run(parameters, { loadHost: () => Promise.reject(new Error('no agent')) });
    answers.push({ expectation: defined(expectations[index]), parameters, result });
  }
  return verdictOf(answers, condition);
}

describe('a policy of Wazuh', () => {
  const cases: [string, string[], string][] = [
    ['all', ['f:FILE -> r:^Color\\s+blue$'], 'pass'],
    ['all', ['f:FILE -> r:^color\\s+BLUE$'], 'pass'],
    ['all', ['f:FILE -> !r:^Color'], 'fail'],
    ['all', ['not f:FILE -> r:^Color'], 'fail'],
    ['all', ['f:FILE -> Size 9'], 'pass'],
    ['all', ['f:FILE -> Size'], 'fail'],
    ['none', ['f:FILE -> r:red'], 'pass'],
    ['any', ['f:FILE -> r:red', 'f:FILE -> n:^Size (\\d+) compare >= 9'], 'pass'],
    ['all', ['f:FILE -> n:^Size (\\d+) compare < 9'], 'fail'],
    ['all', ['f:FILE -> !r:^# && r:hidden'], 'fail'],
    ['all', ['f:MISSING -> r:x'], 'notapplicable'],
    ['none', ['not f:MISSING -> r:x'], 'notapplicable'],
    ['all', ['f:FILE'], 'pass'],
    ['all', ['f:MISSING,FILE'], 'pass'],
    ['all', ['not f:MISSING'], 'pass'],
    ['all', ['f:EMPTY -> !r:x'], 'fail'],
  ];

  test.each(cases)('%s of %j: %s', async (condition, rules, verdict) => {
    const file = write('settings', '# hidden\nColor   blue\nSize 9\n');
    const empty = write('empty', '');
    const missing = join(folder, 'missing');
    const own = rules.map((rule) =>
      rule.replace('FILE', file).replace('EMPTY', empty).replace('MISSING', missing),
    );
    const converted = convertOne(condition, own);
    expect(converted.notchecked).toBeUndefined();
    expect(await verdictNow(converted)).toBe(verdict);
  });

  test('asks for a process by its name and by its command line', () => {
    const { text } = convertOne('all', ['not p:cron']);
    expect(parseCheck(text)).toMatchObject({ expectations: ['absent', 'absent'], condition: 'all' });
    expect(text).toContain('^cron$');
  });

  test('has variables, and requirements without which its checks do not apply', async () => {
    const file = write('settings', 'a\n');
    const more = `variables:\n  $file: ${file}\nrequirements:\n  name: x\n  condition: any\n  rules:\n    - 'f:$file -> r:WORD'\n`;
    expect(await verdictNow(convertOne('all', ['f:$file -> r:a'], more.replace('WORD', 'a')))).toBe('pass');
    expect(await verdictNow(convertOne('all', ['f:$file -> r:a'], more.replace('WORD', 'b')))).toBe(
      'notapplicable',
    );
  });

  test.each([
    [['c:sshd -T -> r:port'], 'it runs a command'],
    [['r:HKEY_LOCAL_MACHINE\\x'], 'it reads the registry of Windows'],
    [['d:/etc/x'], 'it asks for folders'],
    [['f:/a -> r:x', 'f:/b -> r:x'], 'its rules read different files'],
    [['f:/a,/b -> r:x'], 'it reads several files'],
    [['f:/a -> r:(?=x)'], 'its regular expression has no exact translation'],
    [['f:/a/../b'], 'a path is not plain'],
    [['x:/a'], 'a rule has no type that is known'],
    [['f:/a -> r:a{2000}'], 'module file refuses it'],
  ])('%j is not checked: %s', async (rules, reason) => {
    const converted = convertOne('all', rules);
    expect(converted.notchecked).toContain(reason);
    expect(parseCheck(converted.text)).toMatchObject({ notchecked: converted.notchecked, expectations: [] });
    expect(await verdictNow(converted)).toBe('notchecked');
  });

  test('has no level, as no policy says one', () => {
    const { text, hasLevel } = convertOne('all', ['f:/a']);
    expect(hasLevel).toBe(false);
    expect(parseCheck(text).action.threat).toEqual({ ref: 'own-1', family: 'compliance', type: 'system' });
  });

  test('of version 4 is read with OSRegex unless it says otherwise', () => {
    const old = (type: string) =>
      policy(`  - id: 1\n    title: "Old"\n${type}    condition: all\n    rules: ['f:/a -> r:^\\w+a']\n`);
    expect(defined(convertPolicy(old(''))[0]).notchecked).toContain('no exact translation');
    expect(defined(convertPolicy(old('    regex_type: pcre2\n'))[0]).notchecked).toBeUndefined();
  });
});

describe('input that is none', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
    .join('\n')}\n`;

  test.each<[string, string | Buffer, RegExp]>([
    ['binary', Buffer.from([0x89, 0x50, 0, 0xff, 0xfe]), /is no text in UTF-8/],
    ['a zero', 'a\0b', /is no text in UTF-8/],
    ['aliases that grow', bomb, /too many aliases/],
    ['an anchor within itself', 'policy: &a [*a]\nchecks: []', /contains itself|Unresolved alias/],
    ['deep lists', '['.repeat(200_000), /nested too deep/],
    ['deep objects', '{a: ['.repeat(100_000), /nested too deep/],
    ['deep lines', '- '.repeat(200_000), /nested too deep/],
    ['two keys of one name', 'policy: 1\npolicy: 2', /unique/],
    ['wrong types', 'policy: []\nchecks: 7', /is no policy of Wazuh/],
    ['no checks', 'policy: {id: a, name: b}\nchecks: []', /has no rules/],
    ['a check without an id', 'policy: {id: a, name: b}\nchecks: [{}]', /check 1: id/],
    ['an id that is a path', 'policy: {id: a, name: b}\nchecks: [{id: ../../x}]', /check 1: id/],
    [
      'an id that is twice there',
      `policy: {id: a, name: b}\nchecks:\n${check('all', ['f:/a'])}${check('all', ['f:/a'])}`,
      /two rules have the id/,
    ],
  ])('%s is refused by name', (_, content, message) => {
    const path = write('policy.yml', content);
    expect(() => convertPolicy(path)).toThrow(message);
    expect(() => convertPolicy(path)).toThrow(MigError);
  });

  test('that is too large is not read', () => {
    const path = write('policy.yml', Buffer.alloc(8 * 1024 * 1024 + 1, 'a'));
    expect(() => convertPolicy(path)).toThrow('it has over');
  });

  test('of any kind is a MigError, or checks that can be read', () => {
    const value = fc.jsonValue();
    fc.assert(
      fc.property(value, value, value, (id, rules, condition) => {
        const path = write(
          'policy.yml',
          JSON.stringify({ policy: { id: 'a', name: 'b' }, checks: [{ id, rules, condition }] }),
        );
        try {
          for (const { text } of convertPolicy(path)) parseCheck(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MigError);
        }
      }),
    );
  });
});

describe('the files', () => {
  test('have one check each, in a folder that was empty', () => {
    const out = join(folder, 'out');
    const checks = convertPolicy(policy(check('all', ['f:/a'], 1) + check('all', ['c:x'], 2)));
    writeChecks(out, checks);
    expect(readdirSync(out)).toEqual(['own-1.json', 'own-2.json']);
    expect(parseCheck(readFileSync(join(out, 'own-1.json'), 'utf8')).expectations).toEqual(['found']);
    expect(() => writeChecks(out, checks)).toThrow('is not empty');
    expect(countReasons(checks)).toEqual({
      checks: 2,
      translated: 1,
      withoutlevel: 2,
      reasons: [{ reason: 'it runs a command', checks: 1 }],
    });
  });

  test('are not written where the input is refused', async () => {
    const out = join(folder, 'out');
    await expect(sweepConvertCommand(['wazuh-sca', policy('  - id: ../x\n'), '-o', out])).rejects.toThrow(
      'check 1',
    );
    expect(existsSync(out)).toBe(false);
  });

  test('do not follow a link that leads elsewhere', () => {
    write('linux_os/guide/a/rule.yml', 'title: a\n');
    write('products/debian12/product.yml', 'product: debian12\n');
    write('shared/applicability/package.yml', 'args: {}\n');
    symlinkSync('..', join(folder, 'linux_os/guide/loop'));
    const checks = convertChecks({
      format: 'compliance-as-code',
      input: folder,
      product: 'debian12',
      profile: undefined,
    });
    expect(checks.map(({ id }) => id)).toEqual(['a']);
  });
});

describe('mig convert', () => {
  test.each([
    [[], 'usage: mig convert'],
    [['wazuh-sca', 'x'], 'usage: mig convert'],
    [['wazuh-scs', 'x', '-o', 'y'], 'wazuh-sca'],
    [['wazuh-sca', 'x', 'z', '-o', 'y'], 'unexpected word "z"'],
    [['wazuh-sca', 'x', '-o', 'y', '--product', 'debian12'], 'a policy of Wazuh has neither'],
    [['wazuh-sca', 'x', '-o', 'y', '-o', 'z'], '-o is given twice'],
    [['wazuh-sca', 'x', '-o'], 'needs an argument'],
  ])('%j is refused', async (args, message) => {
    await expect(sweepConvertCommand(args)).rejects.toThrow(message);
  });
});
