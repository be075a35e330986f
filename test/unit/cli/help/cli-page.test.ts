import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandNames } from '../../../../cli/help/help.ts';
import { USAGES } from '../../../../cli/help/usages.ts';

const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);
const named = [...page.matchAll(/`mig ([^`]+)`/g)].map(([, line = '']) => line);

/** `inbox show|sign` is `inbox show` and `inbox sign`; values and flags are left out. */
function commandsIn(line: string): string[] {
  const [first = '', second = ''] = line.split(' ');
  if (!/^[\w|]+$/.test(second) || /^\d/.test(second)) return [first];
  return second.split('|').map((word) => `${first} ${word}`);
}

const commands = new Set(named.flatMap(commandsIn));

test('docs/cli.md names every command, those of a sweep together', () => {
  const missing = Object.keys(USAGES).filter((name) => !name.startsWith('sweep ') && !commands.has(name));
  // A group is named by its commands.
  const alone = missing.filter((name) => ![...commands].some((other) => other.startsWith(`${name} `)));
  expect(alone).toEqual([]);
});

test('docs/cli.md names no command that does not exist', () => {
  const known = new Set([...commandNames(), '<module>']);
  const unknown = [...commands].filter((name) => !known.has(name) && !known.has(name.split(' ')[0] ?? ''));
  expect(unknown).toEqual([]);
});
