import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { rulesOf, tailoring, verdictsOf, withRequired } from '../../judges/openscap/oscap.ts';
import { readsTree, subjectsOf } from '../../judges/openscap/subjects.ts';
import { systemsOf } from '../../judges/openscap/systems.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-openscap-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RULE = 'xccdf_org.ssgproject.content_rule_';

function check(module: string, parameters: unknown): string {
  return JSON.stringify({
    name: 'n',
    target: 't',
    operations: [{ module, parameters }],
    compliance: { expect: ['absent'] },
  });
}
const fileCheck = (search: unknown) => check('file', { searches: { s1: search } });

test('the rules of a data stream are those that oscap judges together', () => {
  const file = join(folder, 'datastream.xml');
  const rule = (id: string, inner: string) =>
    `<x:Rule selected="false" id="${RULE}${id}"><x:title/>${inner}</x:Rule>`;
  writeFileSync(
    file,
    rule('a', `<x:requires idref="${RULE}c" />`) +
      rule('b', `<x:conflicts idref="${RULE}a_other" />`) +
      rule('c', `<x:requires idref="${RULE}d" />`) +
      rule('d', ''),
  );
  const rules = rulesOf(file);
  expect([...rules.ids]).toEqual(['a', 'c', 'd']);
  expect(withRequired(['a'], rules)).toEqual(['a', 'c', 'd']);
  expect(tailoring(file, ['a', 'c']).match(/<select /g)).toHaveLength(2);
});

test('the verdicts are read from the progress of oscap', () => {
  const verdicts = verdictsOf(`WARNING: x\n${RULE}a:pass\r\n${RULE}b_2:notapplicable\nother:fail\n`);
  expect([...verdicts]).toEqual([
    ['a', 'pass'],
    ['b_2', 'notapplicable'],
  ]);
});

describe('the changed systems', () => {
  const checks = [
    fileCheck({ paths: ['/etc/shadow'], names: ['.'], perms: ['/7137'] }),
    fileCheck({ paths: ['/etc/ssh'], names: ['^.*key$'], owners: ['0'], options: { maxdepth: 1 } }),
    fileCheck({ paths: ['/proc/sys/kernel/x'], contents: ['^1$'] }),
    fileCheck({ paths: ['/etc/ssh/sshd_config'], contents: ['^[ \\t]*(?i:PermitRootLogin)[ \\t]+no'] }),
    fileCheck({ paths: ['/proc/self/mounts'], contents: ['^\\S+ /srv x'] }),
    check('pkg', { pkgmatch: { matches: ['^g\\+\\+(:|$)'] } }),
  ];

  test('change what the checks ask about', () => {
    expect(subjectsOf(checks)).toEqual({
      files: ['/etc/shadow'],
      folders: ['/etc/ssh'],
      sysctls: ['kernel.x'],
      sshd: ['PermitRootLogin'],
      packages: ['g++'],
      mountPoints: ['/srv'],
    });
  });

  test('are scripts of a shell, each with a name of its own', () => {
    const systems = systemsOf(subjectsOf(checks));
    expect(new Set(systems.map(({ name }) => name)).size).toBe(systems.length);
    for (const { changes } of systems) {
      expect(spawnSync('sh', ['-n'], { input: changes, encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    }
  });

  test('leave out the checks that read whole trees, but for a few', () => {
    expect(checks.map(readsTree)).toEqual([false, false, false, false, false, false]);
    expect(readsTree(fileCheck({ paths: ['/usr/lib'], names: ['^.*$'] }))).toBe(true);
  });
});
