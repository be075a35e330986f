import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runMig } from '../../dev/stack/investigator.ts';
import { runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf, openAgents, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let actionId: string;

const SEARCH = ['-path', '/etc', '-name', '^passwd$'];

/** Simulated agents: every one of them finds something. */
beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 2, prefix: 'web' }));
  bob = cliOf(platform, 'bob');
  const asked = await bob.mig(['file', '-t', `name='web-0'`, '-e', '60s', ...SEARCH]);
  expect(asked.status, asked.stderr).toBe(0);
  [, actionId = ''] = /action (\d+) launched/.exec(asked.stderr) ?? [];
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** The target of the newest action. */
async function newestTarget(): Promise<string> {
  const { rows } = await platform.pool.query('SELECT target FROM actions ORDER BY id DESC LIMIT 1');
  return rows[0].target;
}

describe('mig results -follow-up', () => {
  test('asks those that matched the next question, within the target of the action', async () => {
    const next = ['-follow-up', 'found', '--', 'netstat', '-ci', '192.0.2.1', '+', 'file', ...SEARCH];
    const asked = await runMig(['results', '-c', bob.migrc, actionId, ...next]);
    expect(asked.stderr).toContain('1 agent found something\n');
    expect(asked.stderr).toContain(`-target-found ${actionId} -t "(name='web-0')" -ci 192.0.2.1 + file`);
    expect(asked.stderr).toContain('1 agent will be asked');
    expect(await newestTarget()).toMatch(
      new RegExp(`^queueloc IN \\(.*actionid=${actionId} .*\\) AND \\(\\(name='web-0'\\)\\)$`),
    );
  });

  test('says when nobody is left to ask, and refuses what is no question', async () => {
    const nobody = await bob.mig(['results', actionId, '-follow-up', 'notfound']);
    expect(nobody.stderr).toContain('no agent that found nothing is left: there is nobody to ask further');
    expect(nobody.status).toBe(0);
  });

  test('without a terminal prints the line to type', async () => {
    const printed = await bob.mig(['results', actionId, '-follow-up']);
    expect(printed.stderr).toContain(
      `to ask them: mig <module> -c ${bob.migrc} -target-found ${actionId} -t "(name='web-0')" …`,
    );
  });
});

test('a launch with -follow-up offers the next question on a terminal', async () => {
  const line = ['file', '-c', bob.migrc, '-t', 'allonline', '-e', '60s', '-follow-up', ...SEARCH];
  const { status, shown } = await runOnTerminal(line, [
    ['the next question (nothing: none): mig ', `file -path /etc -name '^group$'\n`],
  ]);
  expect(status, shown).toBe(0);
  expect(shown).toContain('2 agents found something\n');
  expect(shown).toMatch(
    /mig file -c \S+ -target-found \d+ -t "\(status='online'\)" -path \/etc -name '\^group\$'\n/,
  );
  expect(await newestTarget()).toMatch(/^queueloc IN \(.*\) AND \(\(status='online'\)\)$/);
});

test.each([
  ['a module', (...options: string[]) => ['netstat', ...options, '-ci', '192.0.2.1', '+', 'file', ...SEARCH]],
  [
    'mig action generate',
    (...options: string[]) => [
      'action',
      'generate',
      ...options,
      'netstat',
      '-ci',
      '192.0.2.1',
      '+',
      'file',
      ...SEARCH,
    ],
  ],
])('macros, targets of follow-ups and several operations go together in %s', async (_, lineOf) => {
  for (const [flag, target] of [
    ['-target-found', /^queueloc IN \(.*'\{foundanything\}' = 'true'.*\) AND \(status='online'\)$/],
    ['-target-notfound', /^queueloc IN \(.*\) AND queueloc NOT IN \(.*\) AND \(status='online'\)$/],
  ] as const) {
    const printed = await runMig([...lineOf('-c', bob.migrc, '-t', 'allonline', flag, actionId, '-p')]);
    expect(printed.status, printed.stderr).toBe(0);
    const action = JSON.parse(printed.stdout);
    expect(action.target).toMatch(target);
    expect(action.operations.map(({ module }: { module: string }) => module)).toEqual(['netstat', 'file']);
  }
});
