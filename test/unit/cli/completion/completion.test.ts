import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bashCompletion, zshCompletion } from '../../../../cli/completion/bash.ts';
import { completions } from '../../../../cli/completion/completions.ts';
import { fishCompletion } from '../../../../cli/completion/fish.ts';
import { commandNames } from '../../../../cli/help/help.ts';
import { ROOT } from '../../../../dev/build/ensure-built.ts';

const lines = completions();

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const script = `${bashCompletion(lines)}
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _mig; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  test.each([
    [['mig', 'sw'], ['sweep']],
    [['mig', 'sweep', 'cr'], ['create']],
    [
      ['mig', 'sweep', 'run', ''],
      ['pause', 'resume', 'cancel'],
    ],
    [['mig', 'sweep', 'create', 'nightly', '-over'], ['-overlap']],
    [
      ['mig', 'sweep', 'create', 'nightly', '-overlap', ''],
      ['skip', 'queue', 'cancel'],
    ],
    [
      ['mig', 'results', '7', '-show', ''],
      ['found', 'notfound', 'all', 'grouped'],
    ],
    [
      ['mig', 'file', '-match'],
      ['-matchall', '-matchany', '-matchlimit'],
    ],
    [['mig', 'upgrade', ''], ['status']],
    [
      ['mig', 'list', 'manifests', '-status', ''],
      ['staged', 'active', 'disabled'],
    ],
    [
      ['mig', 'list', 'loaders', '-loader'],
      ['-loaderid', '-loadername'],
    ],
    [['mig', 'agents', 'se'], ['search']],
    [
      ['mig', 'agents', 'search', '-format', ''],
      ['table', 'mig'],
    ],
    [['mig', 'help', 'tar'], ['target']],
    [['mig', '-i', 'README'], ['README.md']],
    [['mig', 'sign', 'package.j'], ['package.json']],
    [['mig', 'verify', '-keys', 'package.j'], ['package.json']],
    [['mig', 'nosuchcommand', '-'], []],
    [['mig', 'file', '-path', '/etc', '+', 'nets'], ['netstat']],
    [
      ['mig', 'file', '-path', '/etc', '+', 'file', '-match'],
      ['-matchall', '-matchany', '-matchlimit'],
    ],
    [['mig', 'file', '+', 'netstat', '-c', '1', '+', 'pin'], ['ping']],
    [['mig', 'file', '-path', '/etc', '+', 'file', '-target'], []],
    [
      ['mig', 'investigators', 'apikey', ''],
      ['new', 'end'],
    ],
    [
      ['mig', 'manifests', 'sh'],
      ['show', 'shasum'],
    ],
    [
      ['mig', 'investigators', 'create', '-admin', ''],
      ['yes', 'no'],
    ],
    [['mig', 'status', '7', 'package.j'], []],
  ])('completes %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('offers every command and module', () => {
    const firsts = new Set(commandNames().map((name) => name.split(' ')[0]));
    expect(offered('mig', '').sort()).toEqual([...firsts].sort());
  });
});

test('fish and zsh know every command line and flag that bash knows', () => {
  const fish = fishCompletion(lines);
  const zsh = zshCompletion(lines);
  for (const { command, flags } of lines.filter((line) => line.command !== '')) {
    expect(zsh).toContain(`'${command}') words=`);
    for (const { name } of flags) {
      const word = name.replace(/^-+/, '');
      expect(fish).toMatch(
        new RegExp(`-n '__mig_after ${command.replace('+', '\\+')}' -[los] ${word}( |$)`, 'm'),
      );
    }
  }
});

test('no word of a script can end its quotes', () => {
  for (const { command, words, flags } of lines) {
    const all = [command, ...words, ...flags.flatMap(({ name, values }) => [name, ...values])];
    for (const word of all) expect(word).toMatch(/^[\w +-]*$/);
  }
});

test('names of saved questions are asked from mig itself, where one may follow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-completion-'));
  const mig = join(folder, 'mig');
  writeFileSync(mig, '#!/bin/sh\n[ "$*" = "completion questions" ] && printf "passwd\\nports\\n"\n', {
    mode: 0o755,
  });
  try {
    expect(offered(mig, 'ask', 'p')).toEqual(['passwd', 'ports']);
    expect(offered(mig, 'questions', 'diff', 'po')).toEqual(['ports']);
    expect(offered(mig, 'questions', 'list', 'p')).toEqual([]);
    expect(offered(mig, 'ask', 'passwd', 'p')).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
