import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPLANATIONS } from '../../cli/help/usages.ts';
import { storeExampleRecords, writeExampleFiles } from '../setup/example-world.ts';
import { openAgents, openPlatform, type Platform } from '../setup/platform.ts';
import { openShell, type Shell, type ShellRun } from '../setup/shell-lines.ts';

/** Commands that change nothing: each of their examples must work. */
const READING = [
  'list',
  'show',
  'results',
  'status',
  'audit',
  'dashboard',
  'verify',
  'completion',
  'man',
  'questions list',
  'questions show',
  'questions history',
  'questions diff',
  'questions export',
  'acl show',
  'agents search',
  'agents show',
  'agents count',
  'sweep list',
  'sweep show',
  'sweep waivers',
  'investigators show',
  'loaders show',
  'manifests show',
  'manifests files',
  'manifests shasum',
  'manifests loaders',
  'webhooks list',
  'webhooks show',
  'webhooks deliveries',
];
/** What the other examples use is made first, and ended last. */
const MAKING = /^mig (\w+ (create|publish|save)|file) /;
const ENDING = /^mig (\w+ )?(delete|disable|reset|remove) /;
/** Examples that cannot work here, with the reason. */
const ELSEWHERE = new Map([
  ['mig investigators create', 'asks on a terminal'],
  ['mig inbox sign 28098271642093', 'asks on a terminal'],
  [
    'mig convert compliance-as-code content --profile anssi_bp28_high -o checks',
    'a checkout of another project',
  ],
  [
    'mig config init -url https://mig.example.net',
    'asks on a terminal, and would write over the configuration',
  ],
]);

/** Each takes a second, and several on a busy machine. */
const ALL_EXAMPLES_MS = 900_000;

let platform: Platform;
let shell: Shell;
const runs = new Map<string, ShellRun>();

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 1, prefix: 'web' }));
  await storeExampleRecords(platform);
  shell = openShell();
  await writeExampleFiles(shell, platform);
  await shell.run('mig file -path /etc -name x -s > signed.json');
  await shell.run(`printf '{"action": %s}' "$(cat signed.json)" > command.json`);
  for (const line of inOrder(examples())) runs.set(line, await shell.run(line));
}, ALL_EXAMPLES_MS);
afterAll(async () => {
  shell?.[Symbol.dispose]();
  await platform?.[Symbol.asyncDispose]();
});

/**
 * The command lines of all helps, once each, without those that leave something open. What only other shells understand is
 * left out of them.
 */
function examples(): string[] {
  const lines = Object.values(EXPLANATIONS).flatMap((text) =>
    [...text.matchAll(/^ {2}((?:source <\()?mig .*?)(?: {2,}.*)?$/gm)].map(([, line = '']) => line),
  );
  const whole = lines.filter((line) => !/…|<\w+>|\w\|\w/.test(line) && !ELSEWHERE.has(line));
  return [
    ...new Set(whole.map((line) => line.replace(/^source <\((.*)\)$/, '$1').replace(/ \| source$/, ''))),
  ];
}

function inOrder(lines: readonly string[]): string[] {
  const rankOf = (line: string) => (ENDING.test(line) ? 2 : MAKING.test(line) ? 0 : 1);
  return lines.toSorted((one, other) => rankOf(one) - rankOf(other));
}

function namesCommand(line: string, command: string): boolean {
  return line === `mig ${command}` || line.startsWith(`mig ${command} `);
}

test('every example of the help is a command line that mig accepts', () => {
  expect(runs.size).toBeGreaterThan(80);
  const refused = [...runs].filter(([, { status }]) => status === 2);
  expect(refused).toEqual([]);
});

test('every example that reads prints what it promises', () => {
  const reading = [...runs].filter(([line]) => READING.some((command) => namesCommand(line, command)));
  expect(reading.length).toBeGreaterThan(30);
  expect(reading.filter(([, { status }]) => status !== 0)).toEqual([]);
  for (const command of READING) {
    expect(
      reading.some(([line]) => namesCommand(line, command)),
      command,
    ).toBe(true);
  }
});

test('every example that is left out is in the help', () => {
  const text = Object.values(EXPLANATIONS).join('\n');
  for (const line of ELSEWHERE.keys()) expect(text).toContain(`  ${line}\n`.trimEnd());
});
