import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { MigError } from '../../../../contract/errors.ts';
import { buildRules } from '../../../../modules/audit/rules/build-rules.ts';
import { architectureOf } from '../../../../modules/audit/rules/constants.ts';
import { encodeRule } from '../../../../modules/audit/rules/encode-rule.ts';
import { parseRules } from '../../../../modules/audit/rules/parse-rules.ts';
import { systemCallNumbers } from '../../../../modules/audit/rules/system-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-audit-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const build = (...rules: unknown[]) => buildRules(parseRules(JSON.stringify({ audit_rules: rules })));
const EXIT = 4;
const ALWAYS = 2;
const EQUAL = 0x40000000;
const own = architectureOf('b64');

describe('a rule with a path', () => {
  test('watches a file or a folder for what its permission says', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { rules } = build({ path: file, permission: 'wa', key: 'k' }, { path: `${folder}/` });
    expect(rules).toEqual([
      {
        filter: EXIT,
        action: ALWAYS,
        systemCalls: 'all',
        fields: [
          { field: 105, operator: EQUAL, value: file },
          { field: 106, operator: EQUAL, value: 2 | 8 },
          { field: 210, operator: EQUAL, value: 'k' },
        ],
      },
      {
        filter: EXIT,
        action: ALWAYS,
        systemCalls: 'all',
        fields: [
          { field: 107, operator: EQUAL, value: folder },
          { field: 106, operator: EQUAL, value: 15 },
        ],
      },
    ]);
  });

  test('that does not exist is skipped with a warning, or an error when it is strict', () => {
    const path = join(folder, 'none');
    expect(build({ path })).toEqual({
      rules: [],
      warnings: [`rule 1 is skipped: path ${path} does not exist`],
    });
    expect(() => build({ path: '/' }, { path, strict_path_check: true })).toThrow(
      `rule 2: path ${path} does not exist`,
    );
  });

  test('must be absolute, without .., and with known letters', () => {
    expect(() => build({ path: 'etc' })).toThrow('rule 1: path etc is not absolute');
    expect(() => build({ path: '/etc/../root' })).toThrow('rule 1: path /etc/../root contains ..');
    expect(() => build({ path: '/etc', permission: 'rwz' })).toThrow('has other letters than rwxa');
  });
});

describe('a rule for system calls', () => {
  const actions = ['always', 'exit'];

  test('has their numbers on this machine, and its architecture', () => {
    const numbers = systemCallNumbers();
    const { rules } = build({
      syscalls: ['execve', 'openat'],
      fields: [
        { name: 'auid', op: 'gt_or_eq', value: 1000 },
        { name: 'auid', op: '!=', value: 'unset' },
        { name: 'exit', value: '-EACCES' },
      ],
      actions,
      key: 'x',
    });
    expect(rules).toEqual([
      {
        filter: EXIT,
        action: ALWAYS,
        systemCalls: [numbers.get('execve'), numbers.get('openat')],
        fields: [
          { field: 11, operator: EQUAL, value: own },
          { field: 9, operator: 0x60000000, value: 1000 },
          { field: 9, operator: 0x30000000, value: -1 },
          { field: 103, operator: EQUAL, value: -13 },
          { field: 210, operator: EQUAL, value: 'x' },
        ],
      },
    ]);
  });

  test('of another architecture is skipped, because the numbers differ', () => {
    const rule = { syscalls: ['execve'], fields: [{ name: 'arch', value: 'b32' }], actions };
    expect(build(rule)).toEqual({
      rules: [],
      warnings: ['rule 1 is skipped: system calls of another architecture cannot be named'],
    });
  });

  test('for all system calls needs no architecture, and entry counts as exit', () => {
    const { rules } = build(
      { syscalls: ['all'], actions: ['never', 'entry'] },
      { actions: ['task', 'never'] },
    );
    expect(rules).toMatchObject([
      { filter: 4, action: 0, systemCalls: 'all', fields: [] },
      { filter: 1, action: 0 },
    ]);
  });

  test.each([
    [{ syscalls: ['execv'], actions }, 'rule 1: there is no system call "execv"'],
    [{ syscalls: [], actions: ['always'] }, 'rule 1: actions must be one of always'],
    [{ fields: [{ name: 'nope', value: 1 }], actions }, 'rule 1: there is no field "nope"'],
    [
      { fields: [{ name: 'uid', op: '~', value: 1 }], actions },
      'rule 1: field uid: there is no operator "~"',
    ],
    [{ fields: [{ name: 'uid', value: 'root' }], actions }, 'rule 1: field uid: "root" is no value'],
    [{ fields: [{ name: 'toString', value: 1 }], actions }, 'rule 1: there is no field "toString"'],
    [{ syscalls: 'execve' }, 'rule 1: syscalls: '],
  ])('that is wrong is refused: %j', (rule, why) => {
    expect(() => build(rule)).toThrow(why);
  });
});

test('a rule is encoded as the kernel reads it', () => {
  const bytes = encodeRule({
    filter: EXIT,
    action: ALWAYS,
    systemCalls: [0, 59, 257],
    fields: [
      { field: 107, operator: EQUAL, value: '/etc' },
      { field: 9, operator: 0x30000000, value: -1 },
      { field: 210, operator: EQUAL, value: 'ü' },
    ],
  });
  const word = (index: number) => bytes.readUInt32LE(index * 4);
  expect(bytes).toHaveLength(1040 + 4 + 2);
  expect([word(0), word(1), word(2)]).toEqual([EXIT, ALWAYS, 3]);
  expect([word(3), word(4), word(3 + 8)]).toEqual([1, 1 << 27, 2]);
  expect([word(67), word(68), word(69)]).toEqual([107, 9, 210]);
  expect([word(131), word(132), word(133)]).toEqual([4, 0xffffffff, 2]);
  expect([word(195), word(196)]).toEqual([EQUAL, 0x30000000]);
  expect(word(259)).toBe(6);
  expect(bytes.subarray(1040).toString()).toBe('/etcü');
  expect(encodeRule({ filter: 4, action: 2, systemCalls: 'all', fields: [] }).readUInt32LE(66 * 4)).toBe(
    0xffffffff,
  );
});

test('the tables know system calls of both architectures by the numbers of the kernel', () => {
  const of = (machine: string, ...names: string[]) =>
    names.map((name) => systemCallNumbers(machine).get(name));
  expect(of('x64', 'read', 'open', 'execve', 'openat', 'execveat', 'clone3', 'fchmodat2')).toEqual([
    0, 2, 59, 257, 322, 435, 452,
  ]);
  expect(of('arm64', 'io_setup', 'newfstatat', 'openat', 'execve', 'mmap', 'clone3', 'open')).toEqual([
    0,
    79,
    56,
    221,
    222,
    435,
    undefined,
  ]);
  expect([
    architectureOf('b64', 'x64'),
    architectureOf('b64', 'arm64'),
    architectureOf('b32', 'ia32'),
  ]).toEqual([0xc000003e, 0xc00000b7, undefined]);
  expect(systemCallNumbers(arch()).size).toBeGreaterThan(300);
});

test('a rule file of any text is read or refused with a reason', () => {
  const rule = fc.record(
    { path: fc.jsonValue(), syscalls: fc.jsonValue(), fields: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const file = fc.oneof(
    fc.string(),
    fc.json(),
    fc.array(rule).map((rules) => JSON.stringify({ audit_rules: rules })),
  );
  fc.assert(
    fc.property(file, (text) => {
      try {
        buildRules(parseRules(text));
      } catch (error) {
        expect(error).toBeInstanceOf(MigError);
      }
    }),
  );
});
