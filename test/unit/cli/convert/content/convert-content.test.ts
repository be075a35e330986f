import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { convertChecks } from '../../../../../cli/convert/convert-checks.ts';
import { parseCheck } from '../../../../../contract/compliance.ts';
import { MigError } from '../../../../../contract/errors.ts';
import { defined } from '../../../../setup/defined.ts';

const root = mkdtempSync(join(tmpdir(), 'mig-content-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'test-'));
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

describe('a checkout of ComplianceAsCode', () => {
  const RULE = 'linux_os/guide/system/one_rule';
  const rule = (template: string, more = '') =>
    `documentation_complete: true\n\ntitle: 'One rule'\n\nseverity: high\n\n{{{ complete_ocil_entry_x("a") }}}\n${more}\ntemplate:\n${template}`;

  function convertRule(text: string) {
    write(
      'products/debian12/product.yml',
      'product: debian12\nplatform_package_overrides:\n  pam: libpam-runtime\n',
    );
    write(
      'shared/applicability/package.yml',
      'args:\n  sudo:\n    {{% if pkg_system == "rpm" %}}\n    pkgname: x\n    {{% else %}}\n    pkgname: sudo\n    {{% endif %}}\n',
    );
    write('linux_os/guide/system/group.yml', 'title: Group\nplatform: system_with_kernel\n');
    write('linux_os/guide/system/a_value.var', 'options:\n  default: 1\n  two: 2\n');
    write(`${RULE}/rule.yml`, text);
    return convertChecks({
      format: 'compliance-as-code',
      input: folder,
      product: 'debian12',
      profile: undefined,
    });
  }
  const converted = (text: string) => defined(convertRule(text)[0]);
  const parsed = (text: string) => parseCheck(converted(text).text);

  test('has the title, the severity, the platforms and the requirement of a rule', () => {
    const { action, expectations } = parsed(
      rule(
        '  name: package_removed\n  vars:\n    pkgname: telnet\n    pkgname@debian12: inetutils-telnet\n',
        'platform: package[sudo] and not container\n',
      ),
    );
    expect(action).toMatchObject({ name: 'One rule', threat: { ref: 'one_rule', level: 'high' } });
    expect(expectations).toEqual(['applies', 'applies', 'unless', 'absent']);
    const packages = action.operations.map(({ parameters }) => JSON.stringify(parameters));
    expect(packages[0]).toContain('linux-base');
    expect(packages[1]).toContain('^sudo(:|$)');
    expect(packages[3]).toContain('^inetutils-telnet(:|$)');
  });

  test.each([
    ['info', 'info'],
    ['low', 'low'],
    ['"medium"', 'medium'],
    ['critical', 'critical'],
    ['unknown', undefined],
    ['{{{ severity }}}', undefined],
  ])('has the severity %s of a rule as its level, also where the rest cannot be read', (written, level) => {
    const text = rule('  name: mount\n  vars:\n    mountpoint: /tmp\n').replace(
      'severity: high',
      `severity: ${written}`,
    );
    expect(parsed(text).action.threat.level).toBe(level);
    expect(converted(text).hasLevel).toBe(level !== undefined);
    const unreadable = `{{% for a in b %}}${text}{{% endfor %}}`;
    expect(converted(unreadable).notchecked).toContain('its Jinja is not plain');
    expect(parsed(unreadable).action.threat.level).toBe(level);
  });

  test('has no level where its severity depends on Jinja', () => {
    const text = rule('  name: mount\n  vars:\n    mountpoint: /tmp\n').replace(
      'severity: high',
      '{{% for a in b %}}\nseverity: high\n{{% else %}}\nseverity: low\n{{% endfor %}}',
    );
    expect(parsed(text).action.threat.level).toBeUndefined();
  });

  test.each([
    [
      '  name: file_permissions\n  vars:\n    filepath: /etc/x\n    filemode: "0640"\n',
      ['applies', 'absent'],
    ],
    [
      '  name: file_owner\n  vars:\n    filepath: [/etc/x, /etc/y]\n    fileuid: "0"\n',
      ['applies', 'absent', 'absent'],
    ],
    [
      '  name: file_groupowner\n  vars:\n    filepath: /etc/x/\n    file_regex: ^.*key$\n    gid_or_name: root|ssh\n',
      ['applies', 'absent'],
    ],
    ['  name: file_existence\n  vars:\n    filepath: /etc/x\n    exists: "true"\n', ['applies', 'found']],
    ['  name: mount\n  vars:\n    mountpoint: /tmp\n', ['applies', 'found']],
    [
      '  name: mount_option\n  vars:\n    mountpoint: /tmp\n    mountoption: nodev\n',
      ['applies', 'absent', 'absent'],
    ],
    [
      '  name: sysctl\n  vars:\n    sysctlvar: kernel.x\n    sysctlval: "1"\n    datatype: int\n',
      ['applies', 'found', 'absent', 'found'],
    ],
    [
      '  name: sshd_lineinfile\n  vars:\n    parameter: X\n    xccdf_variable: a_value\n    datatype: int\n',
      ['applies', 'absent', 'found'],
    ],
  ])('translates %j', (template, expected) => {
    expect(parsed(rule(template)).expectations).toEqual(expected);
  });

  test.each([
    [
      '  name: file_permissions\n  vars:\n    filepath: /etc/x/\n    filemode: "0640"\n',
      'module file does not return folders',
    ],
    [
      '  name: file_permissions\n  vars:\n    filepath: /etc/../x\n    filemode: "0640"\n',
      'its path is not plain',
    ],
    [
      '  name: file_permissions\n  vars:\n    filepath: {{{ path }}}\n    filemode: "0640"\n',
      'the variables of its template are made by Jinja',
    ],
    [
      '  name: sysctl\n  vars:\n    sysctlvar: net.ipv6.conf.all.x\n    sysctlval: "1"\n    datatype: int\n',
      'systems without IPv6',
    ],
    [
      '  name: sshd_lineinfile\n  vars:\n    parameter: X\n    xccdf_variable: no_value\n    datatype: int\n',
      'its value is not known',
    ],
    ['  name: sebool\n  vars: {}\n', 'the template sebool is not translated'],
    [
      '  name: mount\n  vars:\n    mountpoint: /tmp\n  backends:\n    oval: "off"\n',
      'its template makes no OVAL definition',
    ],
    ['  name: [\n', 'its YAML cannot be read'],
    ['  - 1\n', 'its template is not plain'],
  ])('%j is not checked: %s', (template, reason) => {
    expect(converted(rule(template)).notchecked).toContain(reason);
  });

  test('a rule with an OVAL definition of its own, or Jinja that is not plain, is not checked', () => {
    const plain = rule('  name: mount\n  vars:\n    mountpoint: /tmp\n');
    expect(converted(`{{% for a in b %}}${plain}{{% endfor %}}`).notchecked).toContain(
      'its Jinja is not plain',
    );
    expect(converted(plain.replace('template:', 'platform: uefi\ntemplate:')).notchecked).toContain(
      'the platform uefi',
    );
    write(`${RULE}/oval/shared.xml`, '<x/>');
    expect(converted(plain).notchecked).toContain('an OVAL definition of its own');
  });

  test('a profile selects rules and values, also of other profiles and of controls', () => {
    convertRule(
      rule(
        '  name: sshd_lineinfile\n  vars:\n    parameter: X\n    xccdf_variable: a_value\n    datatype: int\n',
      ),
    );
    write(
      'controls/own.yml',
      'levels:\n  - id: low\n  - id: high\n    inherits_from: [low]\ncontrols:\n  - id: R1\n    levels: [low]\n    rules: [one_rule, other_rule]\n',
    );
    write('products/debian12/profiles/base.profile', 'selections:\n  - own:all:high\n  - a_value=two\n');
    write('products/debian12/profiles/top.profile', 'extends: base\nselections:\n  - "!other_rule"\n');
    const convert = (profile: string) =>
      convertChecks({ format: 'compliance-as-code', input: folder, product: 'debian12', profile });
    expect(convert('top').map(({ id }) => id)).toEqual(['one_rule']);
    expect(defined(convert('top')[0]).text).toContain('(?:2)');
    expect(convert('base').map(({ notchecked }) => notchecked)).toEqual([
      undefined,
      'the guide has no such rule',
    ]);
    write('products/debian12/profiles/loop.profile', 'extends: loop\n');
    for (const name of ['loop', 'none', '../base', 'a/b']) expect(() => convert(name)).toThrow(MigError);
  });

  test('of another system, or a folder that is none, is refused', () => {
    const convert = (product: string) => () =>
      convertChecks({ format: 'compliance-as-code', input: folder, product, profile: undefined });
    expect(convert('rhel9')).toThrow('--product');
    expect(convert('../debian12')).toThrow('--product');
    expect(convert('debian12')).toThrow('cannot be read');
  });
});
