import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_PERMISSIONS } from '../../contract/permissions.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { ROOT_PASSWORD_ACTION } from '../../dev/demo/demo-actions.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let agent: AgentProcess;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;

beforeAll(async () => {
  platform = await openPlatform();
  agent = platform.use(await openAgent(platform.slot, 'cli'));
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
  await waitFor('registration', async () => {
    const { rows } = await platform.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [agent.queueloc]);
    return rows.length === 1;
  });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const PASSWD = [
  'file',
  '-t',
  "os='linux'",
  '-e',
  '60s',
  '-path',
  '/etc',
  '-maxdepth',
  '1',
  '-name',
  '^passwd$',
];
const file = (name: string, content: string): string => {
  const path = join(platform.slot.services.home, platform.slot.name, name);
  writeFileSync(path, content);
  return path;
};

describe('mig file', () => {
  test('prints the matches with the name of the agent, and counts on stderr', async () => {
    const { status, stdout, stderr } = await bob.mig(PASSWD);
    expect({ status, stderr: stderr.replace(/\d{5,}/g, 'N') }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(
      /^\S+-cli \/etc\/passwd \[lastmodified:.* mode:-rw-r--r--, size:\d+\] in search 's1'\n$/,
    );
    expect(stderr).toContain('1 sent, 1 done, 1 succeeded');
    expect(stderr).toContain('1 agent has found results');
    expect(stdout).not.toContain('\u001b');
  });

  test('-show notfound and -show all print the answers of the other agents', async () => {
    const nothing = ['file', '-t', "os='linux'", '-path', '/etc', '-maxdepth', '1', '-name', '^nosuchfile$'];
    expect((await bob.mig(nothing)).stdout).toBe('');
    const notFound = await bob.mig([...nothing, '-show', 'notfound']);
    expect(notFound.stdout).toContain(`0 match found in search 's1'`);
    expect(notFound.stdout).toContain('command success');
    const all = await bob.mig([...PASSWD, '-show', 'all']);
    expect(all.stdout).toContain('/etc/passwd');
    expect(all.stdout).toContain('Statistics:');
  });

  test('-group folds equal answers, and -answer lists the agents of one', async () => {
    const { action } = JSON.parse((await bob.mig([...PASSWD, '--json'])).stdout);
    const grouped = await bob.mig(['results', String(action.id), '-group']);
    const [, agents, key, name] =
      /^(1 agent) \[([0-9a-f]{16})\]: (\S+)\n {2}\/etc\/passwd \[/.exec(grouped.stdout) ?? [];
    expect({ status: grouped.status, agents }, grouped.stdout).toEqual({ status: 0, agents: '1 agent' });
    expect(grouped.stderr).toContain('1 agent: the same\n');
    const listed = await bob.mig(['results', String(action.id), '-answer', String(key)]);
    expect(listed).toMatchObject({ status: 0, stdout: `${name}\n` });
    const none = await bob.mig(['results', String(action.id), '-answer', '0'.repeat(16)]);
    expect(none.stdout).toBe('');
    expect(none.stderr).toContain(`0 agents have given the answer ${'0'.repeat(16)}`);
    const launched = await bob.mig([...PASSWD, '-show', 'grouped']);
    expect(launched.stdout).toBe(grouped.stdout);
    const { groups, ...document } = JSON.parse(
      (await bob.mig(['results', String(action.id), '-group', '--json'])).stdout,
    );
    expect(groups).toEqual([
      { group: key, count: 1, agents: [name], lines: [expect.stringMatching(/^\/etc\/passwd \[/)] },
    ]);
    expect(document).toMatchObject({ ungrouped: 0, outcome: { complete: true, found: 1 } });
    expect(document).not.toHaveProperty('commands');
    const local = await bob.mig([
      'file',
      '-t',
      'local',
      '-show',
      'grouped',
      '-path',
      '/etc',
      '-name',
      '^passwd$',
    ]);
    expect(local).toMatchObject({ status: 2, stdout: '' });
  });

  test('--json prints the action and every answer as one document', async () => {
    const { status, stdout } = await bob.mig([...PASSWD, '--json']);
    expect(status).toBe(0);
    const document = JSON.parse(stdout);
    expect(document.action).toMatchObject({ status: 'completed', counters: { sent: 1, success: 1 } });
    expect(document.commands[0]).toMatchObject({ status: 'success', results: [{ foundanything: true }] });
  });

  test('-z compresses the parameters before signing', async () => {
    const printed = await bob.mig([...PASSWD, '-z', '-p']);
    expect(JSON.parse(printed.stdout).operations[0]).toMatchObject({
      is_compressed: true,
      want_compressed: true,
    });
    expect((await bob.mig([...PASSWD, '-z'])).stdout).toContain('/etc/passwd');
  });

  test('a macro stands for a target', async () => {
    const { status, stdout } = await bob.mig([
      'file',
      '-t',
      'allonline',
      '-path',
      '/etc',
      '-maxdepth',
      '1',
      '-name',
      '^passwd$',
    ]);
    expect({ status, found: stdout.includes('/etc/passwd') }).toEqual({ status: 0, found: true });
  });

  test('-target-found asks only agents where an earlier action found something', async () => {
    const first = JSON.parse((await bob.mig([...PASSWD, '--json'])).stdout);
    const again = await bob.mig([...PASSWD, '-target-found', String(first.action.id)]);
    expect(again.status).toBe(0);
    const none = await bob.mig([...PASSWD, '-target-notfound', String(first.action.id)]);
    expect(none.status).toBe(3);
    expect(none.stderr).toContain('the target matches no agent, nothing was launched');
  });
});

describe('two signers', () => {
  test('the second signs the action that the first printed, and launches it', async () => {
    const alone = await john.mig(PASSWD);
    expect(alone.status).toBe(4);
    expect(alone.stderr).toContain('insufficient signatures weight (need 2, got 1)');
    const signed = await john.mig([...PASSWD, '-n', 'both', '-s']);
    expect(JSON.parse(signed.stdout).pgpsignatures).toHaveLength(1);
    const path = file('signed-by-john.json', signed.stdout);
    const verified = await bob.mig(['verify', path]);
    expect(verified.stdout).toContain('Valid signature by John Smith');
    const both = await bob.mig(['-i', path]);
    expect(both.stderr).toContain('Valid signature by John Smith');
    expect(both.stderr).toMatch(/^operation {2}file$/m);
    expect({ status: both.status, found: both.stdout.includes('/etc/passwd') }).toEqual({
      status: 0,
      found: true,
    });
  });

  test('the second sees compressed parameters and the earlier signers before signing', async () => {
    const path = file('compressed.json', (await john.mig([...PASSWD, '-z', '-s'])).stdout);
    const { status, stdout, stderr } = await bob.mig(['sign', path]);
    expect({ status, signatures: JSON.parse(stdout).pgpsignatures.length }).toEqual({
      status: 0,
      signatures: 2,
    });
    expect(stderr).toMatch(
      /^operation {2}file \(compressed\)$[\s\S]*"\^passwd\$"[\s\S]*^Valid signature by John Smith/m,
    );
  });

  test('the second sees the earlier signers, even without permissions', async () => {
    const path = file('signed-by-bob.json', (await bob.mig([...PASSWD, '-s'])).stdout);
    const { bob: first, john: second } = platform.people;
    const grant = (permissions: number) =>
      platform.pool.query('UPDATE investigators SET permissions = $2 WHERE pgpfingerprint = $1', [
        second.fingerprint,
        permissions,
      ]);
    const before = `Valid signature by Bob Kelso (${first.fingerprint})`;
    expect((await john.mig(['sign', path])).stderr).toContain(before);
    expect(await john.mig(['verify', path])).toMatchObject({ status: 0, stdout: `${before}\n` });
    await grant(0);
    try {
      const { status, stderr } = await john.mig(['sign', path]);
      expect(status).toBe(0);
      expect(stderr).toContain(
        'names come from the keys, whose owners may not be active: Insufficient permissions',
      );
      expect(stderr).toMatch(new RegExp(`^Valid signature by Bob Kelso.* \\(${first.fingerprint}\\)$`, 'm'));
    } finally {
      await grant(DEFAULT_PERMISSIONS);
    }
    const home = join(platform.slot.services.home, platform.slot.name, 'nowhere');
    const nowhere = createInvestigatorCli({ home, apiUrl: 'http://127.0.0.1:1/api/v1', key: second });
    const offline = await nowhere.mig(['sign', path]);
    expect(offline.stderr).toMatch(
      new RegExp(`cannot be checked: .*\n +key ${first.fingerprint}, according to its`),
    );
  });

  test('an action whose signed text could be that of another is not signed', async () => {
    const refused = await john.mig([...PASSWD, '-n', 'harmless;target=false', '-s']);
    expect(refused).toMatchObject({ status: 3, stdout: '' });
    expect(refused.stderr).toContain("action name must not contain ';target='");
  });

  test('mig sign adds a signature, but not the same one twice', async () => {
    const path = file('unsigned.json', (await bob.mig([...PASSWD, '-n', 'sign me', '-p'])).stdout);
    const first = await bob.mig(['sign', path]);
    expect(first.stderr).toContain('signed by  nobody yet');
    const once = file('once.json', first.stdout);
    const second = await bob.mig(['sign', once]);
    expect(second.stderr).toContain('you have signed this action already: nothing was added');
    const twice = second.stdout;
    expect(JSON.parse(twice).pgpsignatures).toHaveLength(1);
    const altered = file('altered.json', twice.replace('sign me', 'other'));
    const verified = await bob.mig(['verify', altered]);
    expect(verified.status).toBe(3);
    expect(verified.stdout).toContain('[error] openpgp: invalid signature');
    for (const line of [
      ['sign', altered],
      ['-i', altered],
      ['-i', altered, '-s'],
    ]) {
      const refused = await john.mig([...line, '-y']);
      expect(refused).toMatchObject({ status: 3, stdout: '' });
      expect(refused.stderr).toContain('nothing was signed');
      expect(refused.stderr).not.toContain('will be asked');
    }
  });

  test('the action of the concepts document runs unchanged', async () => {
    const path = file('concepts.json', JSON.stringify(ROOT_PASSWORD_ACTION));
    const { status, stdout } = await bob.mig(['-i', path, '-e', '60s', '-show', 'all']);
    expect(status).toBe(0);
    expect(stdout).toContain(`in search 'root_passwd_hashed_or_disabled' on checks content='root:`);
  });
});

describe('an action that was launched', () => {
  test('is shown by status and steered by pause, resume and cancel', async () => {
    const posted = await bob.mig([...PASSWD, '--json']);
    const { id } = JSON.parse(posted.stdout).action;
    const status = await bob.mig(['status', String(id)]);
    expect(status.stdout).toMatch(new RegExp(`^action ${id}: completed\n`));
    expect(status.stdout).toContain('signed by  Bob Kelso');
    const cancel = await bob.mig(['cancel', String(id)]);
    expect({ status: cancel.status, stderr: cancel.stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('completed already'),
    });
    expect((await bob.mig(['status', '1'])).stderr).toContain(`Action ID '1' not found`);
  });

  test('keeps running after Ctrl-C, and mig prints how to cancel it', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ('silent', 'linux.silent.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}')`,
    );
    const child = spawn(
      process.execPath,
      [
        join(ROOT, 'cli', 'mig.js'),
        'file',
        '-t',
        `name='silent'`,
        '-path',
        '/etc',
        '-name',
        'x',
        '-c',
        bob.migrc,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await waitFor('following', () => stderr.includes('1 targeted'));
    child.kill('SIGINT');
    const status = await exitStatus(child);
    const id = /action (\d+) launched/.exec(stderr)?.[1];
    expect(stderr).toContain(
      `action ${id} keeps running: mig results ${id} prints its answers, mig cancel ${id} ends it`,
    );
    expect(status).toBe(4);
    expect((await bob.mig(['cancel', String(id)])).stdout).toContain('cancel accepted');
    await platform.pool.query(`UPDATE agents SET status = 'destroyed' WHERE name = 'silent'`);
  });
});

test('-t local runs the module here and asks no server', async () => {
  const { status, stdout, stderr } = await bob.mig([
    'file',
    '-t',
    'local',
    '-path',
    '/etc',
    '-maxdepth',
    '1',
    '-name',
    '^passwd$',
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^\/etc\/passwd \[/);
});

test('-v prints every request without its token', async () => {
  const { stderr } = await bob.mig([...PASSWD, '-v']);
  expect(stderr).toMatch(/^POST action\/create\/ 202 \d+ ms$/m);
  expect(stderr).not.toMatch(/1;20\d\d-/);
});

describe('wrong use', () => {
  test('ends with an explanation and exit status 2', async () => {
    for (const [args, words] of [
      [['file', '-path', '/etc', '-size', '1x'], '-size "1x": write a whole number'],
      [['nosuchmodule'], `unknown module or command 'nosuchmodule'`],
      [['file', '-path', '/etc', '-e', 'soon'], '-e must be a duration'],
      [
        ['status', 'x'],
        'usage: mig status [<action id>] [--json | --jsonl | --csv | --wide]; "x" is not an action id: mig status lists them',
      ],
    ] as const) {
      const { status, stderr } = await bob.mig(args);
      expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining(words) });
    }
  });

  test('a refused target is explained', async () => {
    const { status, stderr } = await bob.mig([
      'file',
      '-t',
      'pg_sleep(1) is null',
      '-path',
      '/etc',
      '-name',
      'x',
    ]);
    expect({ status, stderr }).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('function pg_sleep is not allowed'),
    });
  });

  test('mig help explains commands, modules and targets', async () => {
    expect((await bob.mig(['help'])).stdout).toContain('mig <module> [options] [module flags]');
    expect((await bob.mig(['file', 'help'])).stdout).toContain('-content <regex>');
  });
});
