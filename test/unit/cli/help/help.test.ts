import { describe, expect, test } from 'vitest';
import { EXPORT_FORMATS } from '../../../../cli/export/formats.ts';
import { HELP, requestedHelp } from '../../../../cli/help/help.ts';
import { TARGET_HELP } from '../../../../cli/help/target-help.ts';
import { USAGES } from '../../../../cli/help/usages.ts';
import { errorCode, errorMessage } from '../../../../contract/errors.ts';
import { allModules } from '../../../../modules/all-modules.ts';
import { TABLES } from '../../../../platform/postgres/target/allow-list.ts';
import { checkTarget } from '../../../../platform/postgres/target/target.ts';

const modules = allModules().map(({ name }) => name);
const commands = Object.keys(USAGES);

function refusalOf(words: readonly string[]): string {
  try {
    return expect.fail(`not refused: ${words.join(' ')}: ${requestedHelp(words)}`);
  } catch (error) {
    expect(errorCode(error)).toBe('usage');
    return errorMessage(error);
  }
}

describe('mig help', () => {
  test('prints the same text in every way of asking for it', () => {
    for (const name of [...commands, ...modules]) {
      const help = requestedHelp(['help', ...name.split(' ')]);
      expect(help, name).toMatch(/^\S/);
      for (const words of [
        ['-h', ...name.split(' ')],
        [...name.split(' '), '-h'],
        ['help', ...name.split(' '), '--help'],
      ])
        if (!name.startsWith('help')) expect(requestedHelp(words), words.join(' ')).toBe(help);
    }
    for (const words of [['help'], ['-h'], ['--help'], ['-help'], ['help', '-h'], ['help', '-c', 'migrc']])
      expect(requestedHelp(words)).toBe(HELP);
    expect(requestedHelp(['file', 'help', '-c', 'migrc'])).toBe(requestedHelp(['help', 'file']));
    for (const words of [['file', '-path', '/etc'], ['status', '7'], ['bogus'], ['bogus', '-h'], []])
      expect(requestedHelp(words)).toBeUndefined();
  });

  test.each([
    [['help', 'bogus'], 'bogus'],
    [['help', 'constructor'], 'constructor'],
    [['bogus', 'help'], 'bogus'],
    [['--help', 'fiel'], 'fiel'],
    [['help', 'file', 'extra'], 'extra'],
    [['file', 'help', 'extra'], 'extra'],
    [['help', 'upgrade', 'stauts'], 'stauts'],
    [['help', 'upgrade', 'status', '7'], '7'],
    [['help', 'target', 'name'], 'name'],
    [['help', '-x'], '-x'],
  ])('refuses %j, naming the word and listing every topic', (words, stray) => {
    const message = refusalOf(words);
    expect(message).toContain(`no help about "${stray}"; usage: mig help`);
    const listed = message.split('There is help about: ')[1]?.split(', ');
    expect(listed).toEqual([...new Set([...commands, ...modules, 'target'])]);
  });

  test('says how the module is asked that has the name of a command', () => {
    expect(HELP).toMatch(/^ {2}audit .*\(with -i only: the command has this name\)$/m);
    expect(requestedHelp(['help', 'audit'])).toContain('"operations": [{"module": "audit"');
  });

  test('explains each command, with an example', () => {
    for (const name of commands.filter((one) => !['help', 'version'].includes(one))) {
      const help = requestedHelp(['help', ...name.split(' ')]) ?? '';
      expect(help.split('\n')[0], name).toMatch(/^usage: mig /);
      const examples = [...help.matchAll(/^ {2}(mig .*?)( {2}.*)?$/gm)].map(([, line = '']) => line);
      expect(
        examples.some((line) => line.startsWith(`mig ${name}`)),
        name,
      ).toBe(true);
    }
  });

  test('has ids in its examples that the platform could have given', () => {
    const ids = commands.flatMap((name) => {
      const help = requestedHelp(['help', ...name.split(' ')]) ?? '';
      const examples = [...help.matchAll(/^ {2}(mig [a-z ]*?(?: nightly)?) (\d+)\b/gm)];
      // These have sequences of their own.
      const others = examples.filter(([, line = '']) => !/ (investigator|manifest|loader)s?$/.test(line));
      return others.map(([, , id]) => Number(id));
    });
    expect(ids.length).toBeGreaterThanOrEqual(8);
    // The sequence of ids begins with the seconds since May 2013, times 2^16.
    for (const id of ids) expect(id).toBeGreaterThan(400_000_000 * 2 ** 16);
  });

  test('suggests the topic that was most likely meant', () => {
    for (const [words, meant] of [
      [['help', 'fiel'], 'file'],
      [['help', 'resutls'], 'results'],
      [['help', 'cancle'], 'cancel'],
      [['help', 'sweep', 'shwo'], 'sweep show'],
    ] as const)
      expect(refusalOf(words)).toContain(`; did you mean ${meant}?`);
    for (const words of [
      ['help', 'bogus'],
      ['help', 'results', 'status'],
    ])
      expect(refusalOf(words)).not.toContain('did you mean');
  });

  test('names every command and module, those of a group in the help of the group', () => {
    for (const name of [...commands, ...modules]) {
      const [group = '', verb] = name.split(' ');
      const isGrouped = verb !== undefined && commands.includes(group);
      const help = isGrouped ? requestedHelp(['help', group]) : HELP;
      const prefix = isGrouped ? `mig ${group} ` : '(mig )?';
      const word = isGrouped ? verb : name;
      expect(help, name).toMatch(new RegExp(`^ +${prefix}(\\w+\\|)*${word}\\b`, 'm'));
    }
  });
});

test('mig help sweep export lists every format', () => {
  const help = requestedHelp(['help', 'sweep', 'export']) ?? '';
  const rows = EXPORT_FORMATS.map(({ name, help: text }) => `  ${name.padEnd(7)}  ${text}`);
  expect(help).toContain(rows.join('\n'));
});

describe('mig help target', () => {
  test('lists every column of an agent that a target may name', () => {
    const columns = [...(TABLES.get('agents') ?? [])];
    expect(columns).toContain('heartbeattime');
    const listed = [...TARGET_HELP.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => name);
    expect(listed).toEqual(columns);
    expect(TARGET_HELP).toMatch(/^ {2}init, ident, os, arch, .*modules/m);
  });

  test('has only valid targets as examples', async () => {
    const examples = [...TARGET_HELP.matchAll(/^ {2}-t "(.*)"$/gm)].map(([, target = '']) => target);
    expect(examples.length).toBeGreaterThanOrEqual(10);
    const [, macro = ''] = /macro = \w+:(.*)/.exec(TARGET_HELP) ?? [];
    for (const target of [...examples, macro]) await checkTarget(target);
  });
});
