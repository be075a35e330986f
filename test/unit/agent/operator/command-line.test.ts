import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../../agent/operator/command-help.ts';
import { parseOptions } from '../../../../agent/operator/options.ts';

const names = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];

describe.each(names)('the help of %s', (name) => {
  const { help, flags } = COMMANDS[name];

  test('is printed by -h, --help and -help, before or after the command', () => {
    for (const flag of ['-h', '--h', '-help', '--help']) {
      expect(parseOptions([name, flag])).toMatchObject({ help, command: undefined });
      expect(parseOptions([flag, name]).help).toBe(help);
    }
    expect(parseOptions([name, '-c', '/nowhere', '-h']).help).toBe(help);
  });

  test('has a summary, every flag, an example and the exit status, in lines of at most 110 characters', () => {
    expect(help).toMatch(new RegExp(`^mig-agent ${name}[^\\n]*: .+\\n\\nusage: mig-agent ${name}`));
    for (const flag of [...Object.keys(flags), 'c']) expect(help).toMatch(new RegExp(`^  -${flag} `, 'm'));
    const described = [...help.matchAll(/^ {2}-([\w-]+)/gm)].map(([, flag]) => flag);
    expect(described.sort()).toEqual([...Object.keys(flags), 'c'].sort());
    expect(help).toMatch(/^example: .*mig-agent /m);
    expect(help).toMatch(/^exit status: 0 /m);
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  });
});

test('the help of uninstall explains where to find the queueloc for "mig remove"', () => {
  expect(COMMANDS.uninstall.help).toContain('"mig remove QUEUELOC"');
  expect(COMMANDS.uninstall.help).toContain('.migagtid');
  expect(COMMANDS.uninstall.help).toContain('"mig-agent -q status"');
  expect(() => parseOptions(['remove', '-h'])).toThrow(
    'unexpected argument: remove; mig-agent uninstall removes the service, ' +
      'and mig remove QUEUELOC the endpoint from the records; mig-agent -h explains',
  );
});

test('flags are accepted with one dash or two, with or without =, before and after other words', () => {
  const report = { name: 'report', since: '24h', json: true, html: false };
  for (const args of [
    ['-since', '24h', '-json'],
    ['--since', '24h', '--json'],
    ['-json', '-since=24h'],
    ['--json=true', '--since=24h'],
  ]) {
    expect(parseOptions(['report', ...args]).command).toEqual(report);
  }
  const acl = { name: 'acl', actionFile: 'a.json', json: true };
  for (const args of [
    ['check', 'a.json', '--json'],
    ['--json', 'check', 'a.json'],
    ['check', '-json', 'a.json'],
    ['-json', 'check', '--', 'a.json'],
  ]) {
    expect(parseOptions(['acl', ...args]).command).toEqual(acl);
  }
  expect(parseOptions(['acl', 'check', '--', '-json']).command).toEqual({
    ...acl,
    actionFile: '-json',
    json: false,
  });
  expect(parseOptions(['install', '--no-start']).command).toEqual({ name: 'install', isStarting: false });
  expect(parseOptions(['install']).command).toEqual({ name: 'install', isStarting: true });
});

test('-c is accepted before and after the command, and the last one counts', () => {
  expect(parseOptions(['status', '-c', '/etc'])).toMatchObject({
    configFile: '/etc',
    command: { name: 'status' },
  });
  expect(parseOptions(['-c', '/a', 'status']).configFile).toBe('/a');
  expect(parseOptions(['-c', '/a', 'status', '-c', '/b']).configFile).toBe('/b');
});

test.each([
  [['report', '24h'], 'unexpected argument: 24h; mig-agent report -h explains'],
  [['status', '-json'], 'flag provided but not defined: -json; mig-agent status -h explains'],
  [['report', '-since'], 'flag needs an argument: -since; mig-agent report -h explains'],
  [
    ['report', '-json=perhaps'],
    'invalid value "perhaps" for flag -json: parse error; mig-agent report -h explains',
  ],
  [['acl'], 'usage: mig-agent acl check ACTION.json; mig-agent acl -h explains'],
  [['acl', 'look', 'a.json'], 'usage: mig-agent acl check ACTION.json; mig-agent acl -h explains'],
  [['acl', 'check', 'a.json', 'b.json'], 'unexpected argument: b.json; mig-agent acl -h explains'],
  [['dance'], 'unexpected argument: dance; mig-agent -h explains'],
  [['constructor'], 'unexpected argument: constructor; mig-agent -h explains'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(expect.objectContaining({ code: 'usage', message }));
});

test('-h without a command prints the help of the agent', () => {
  expect(parseOptions(['-h']).help).toMatch(/^mig-agent, the endpoint program/);
  expect(parseOptions([]).help).toBeUndefined();
});

test.each([
  [['report', '-since', '24h', '-since', '48h'], '-since is given twice, with two values'],
  [['acl', '-c', 'a', 'check', '-c', 'b', 'a.json'], '-c is given twice, with two values'],
  [['report', '-json', '-html'], '-json and -html exclude each other'],
])('%j is refused, because one of the two would be ignored', (args, words) => {
  expect(() => parseOptions(args)).toThrow(words);
});
