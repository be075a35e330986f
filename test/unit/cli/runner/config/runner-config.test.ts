import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { loadRunnerConfig } from '../../../../../cli/runner/config/runner-config.ts';
import { errorCode } from '../../../../../contract/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-runner-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'runner.cfg');

const load = (text: string) => {
  writeFileSync(file, text);
  return loadRunnerConfig(file);
};

test('reads the sample of MIG', () => {
  const config = load(`; Sample MIG runner configuration file

[runner]
    directory = "./runner" ; The path to the root runner directory
    checkdirectory = 45    ; How often to check runners/ for job changes

[logging]
    mode = "stdout" ; stdout | file | syslog
    level = "debug"

[client]
    clientconfpath = "default" ; Path to client conf, default for $HOME/.migrc
    passphrase = "pass;phrase" ; Private key passphrase
    delayresults = "30s" ; Duration after action expiry to fetch action results
`);
  expect(config).toEqual({
    folder: './runner',
    runnersFolder: 'runner/runners',
    pluginsFolder: 'runner/plugins',
    checkMs: 45_000,
    clientConfig: join(homedir(), '.migrc'),
    passphrase: 'pass;phrase',
    delayResultsMs: 30_000,
    hasLogging: true,
  });
});

test('only the folder is needed, and no pause between two looks is the default of 30 s', () => {
  for (const more of ['', 'checkdirectory = 0\n'])
    expect(load(`[runner]\ndirectory = /srv/runner\n${more}`)).toMatchObject({
      checkMs: 30_000,
      delayResultsMs: 0,
      passphrase: undefined,
      hasLogging: false,
    });
});

describe('refuses, naming the file and the line,', () => {
  test.each([
    ['[runner]\n', ': [runner] directory is missing'],
    ['directory = x\n', ' line 1: not a section, a key or a comment'],
    [
      '[runner]\ndirectory = x\n\ncheckdirectory = soon\n',
      ' line 4: [runner] checkdirectory must be a number',
    ],
    ['[runner]\ndirectory = x\ncheckdirectory = -1\n', ' line 3: [runner] checkdirectory must be a number'],
    ['[runner]\ndirectry = x\n', ' line 2: [runner] has no key directry; did you mean directory?'],
    ['[runer]\ndirectory = x\n', ': there is no section [runer]; did you mean runner?'],
    [
      '[runner]\ndirectory = x\n[client]\ndelayresults = 3 days\n',
      ' line 4: [client] delayresults must be a duration',
    ],
    [
      '[runner]\ndirectory = x\n[client]\ndelayresults = 999h\n',
      ' line 4: [client] delayresults 999h is too long',
    ],
    [`[runner]\ndirectory = ${'x'.repeat(70_000)}\n`, ' bytes, over 65536'],
  ])('%j', (text, problem) => {
    expect(() => load(text)).toThrow(problem);
    expect(() => load(text)).toThrow(file);
  });
});

test('garbage is refused by name', () => {
  const line = fc.oneof(
    fc.constantFrom('[runner]', '[client]', 'directory = x', 'checkdirectory', 'passphrase = "'),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      try {
        return load(lines.join('\n')).folder !== '';
      } catch (error) {
        return errorCode(error) === 'config_invalid' && (error as Error).message.startsWith(file);
      }
    }),
  );
});
