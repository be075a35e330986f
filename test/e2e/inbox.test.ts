import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Acl } from '../../contract/rules/acl.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf, openPlatform, type Platform, waitForEnd } from '../setup/platform.ts';

let platform: Platform;
let agent: AgentProcess;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;
let aclFile: string;

beforeAll(async () => {
  platform = await openPlatform();
  const acl = JSON.stringify(aclOfTwo(), null, 2);
  agent = platform.use(
    await openAgent(platform.slot, 'inbox', {
      written: (config) => writeFileSync(join(dirname(config), 'acl.cfg'), acl),
    }),
  );
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
  aclFile = file('acl.cfg', acl);
  await waitFor('registration', async () => {
    const { rows } = await platform.pool.query('SELECT FROM agents WHERE queueloc = $1', [agent.queueloc]);
    return rows.length === 1;
  });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Two must sign: each has half of the weight. */
function aclOfTwo(): Acl {
  const { bob: one, john: other } = platform.people;
  return {
    default: {
      minimumweight: 2,
      investigators: {
        'Bob Kelso': { fingerprint: one.fingerprint, weight: 1 },
        'John Smith': { fingerprint: other.fingerprint, weight: 1 },
      },
    },
  };
}

function file(name: string, content: string): string {
  const path = join(platform.slot.services.home, platform.slot.name, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const TARGET = ['-t', "os='linux'"];
const SEARCH = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
const PASSWD = ['file', ...TARGET, ...SEARCH];

/** Leaves an action of John's in the inbox; returns the id of its entry. */
async function submitted(...options: string[]): Promise<string> {
  const target = options.includes('-t') ? [] : TARGET;
  const { status, stdout, stderr } = await john.mig([
    'file',
    ...target,
    '-inbox',
    '--json',
    ...options,
    ...SEARCH,
  ]);
  expect(status, stderr).toBe(0);
  return String(JSON.parse(stdout).id);
}

const digestIn = (shown: string) => /^digest {5}([0-9a-f]{64})$/m.exec(shown)?.[1] ?? '';

describe('before an ACL is published', () => {
  test('nobody knows the weight, and two signers are needed', async () => {
    expect(await bob.mig(['acl', 'show'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no ACL is published: mig acl publish <file> does it'),
    });
    const id = await submitted();
    const shown = await bob.mig(['inbox', 'show', id]);
    expect(shown.stdout).toContain('signers    1 of 2\nweight     not known: no ACL is published');
    const own = await bob.mig(['inbox', 'show', id, '-acl', aclFile]);
    expect(own.stdout).toContain(`weight     file has weight 1 of 2: Bob Kelso (1) could sign\n`);
    expect(own.stdout).toContain(`by the ACL, ${aclFile}`);
    expect((await john.mig(['inbox', 'withdraw', id])).stdout).toBe(`entry ${id} withdrawn\n`);
  });
});

describe('an ACL', () => {
  test('is published by an administrator, who sees what changes', async () => {
    const refused = await john.mig(['acl', 'publish', aclFile]);
    expect(refused).toMatchObject({ status: 3, stderr: expect.stringContaining('Insufficient permissions') });
    const first = await bob.mig(['acl', 'publish', aclFile]);
    expect(first).toMatchObject({ status: 0, stdout: 'version 1 of the ACL published\n' });
    const again = await bob.mig(['acl', 'publish', aclFile]);
    expect(again.stderr).toContain('version 1 is this ACL already');
    const stricter = { ...aclOfTwo(), pkg: { minimumweight: 9, investigators: {} } };
    const next = await bob.mig(['acl', 'publish', file('stricter.cfg', JSON.stringify(stricter))]);
    expect(next.stderr).toContain('version 2, changed since version 1:\n  + pkg needs weight 9\n');
    const { status, stdout, stderr } = await john.mig(['acl', 'show']);
    expect({ status, lines: stdout.split('\n') }).toEqual({
      status: 0,
      lines: [
        'default needs weight 2',
        `  1  Bob Kelso (${platform.people.bob.fingerprint})`,
        `  1  John Smith (${platform.people.john.fingerprint})`,
        'pkg needs weight 9',
        '',
      ],
    });
    expect(stderr).toContain('version 2, signed by Bob Kelso');
  });
});

describe('an action of two signers', () => {
  test('waits, is read, signed and launched, and the agent answers', async () => {
    const id = await submitted('-why', 'ticket 5');
    const listed = await bob.mig(['inbox']);
    expect(listed.stdout).toMatch(
      new RegExp(`^ *${id}  yours to sign +\\S+Z  file has weight 1 of 2  John Smith  file`, 'm'),
    );
    expect((await john.mig(['inbox'])).stdout).toContain(`${id}  submitted by you`);
    const shown = await bob.mig(['inbox', 'show', id]);
    expect(shown.status, shown.stderr).toBe(0);
    for (const line of [
      `entry      ${id}: waiting`,
      'why        ticket 5',
      `target     os='linux'`,
      'operation  file',
      `signed by  John Smith (${platform.people.john.fingerprint})`,
      'weight     file has weight 1 of 2: Bob Kelso (1) could sign',
      'now        the target reaches 1 agent, as when it was signed first',
    ]) {
      expect(shown.stdout).toContain(line);
    }
    const blind = await bob.mig(['inbox', 'sign', id, '-y']);
    expect(blind).toMatchObject({ status: 2, stderr: expect.stringContaining('-digest') });
    const wrong = await bob.mig(['inbox', 'sign', id, '-digest', '0'.repeat(64)]);
    expect(wrong).toMatchObject({ status: 3, stderr: expect.stringContaining('nothing was signed') });
    const signed = await bob.mig(['inbox', 'sign', id, '-digest', digestIn(shown.stdout)]);
    const [, actionId = ''] = /launched as action (\d+)\n$/.exec(signed.stdout) ?? [];
    expect(signed.status, signed.stderr).toBe(0);
    expect((await waitForEnd(platform, Number(actionId))).status).toBe('completed');
    const results = await john.mig(['results', actionId]);
    expect({ status: results.status, found: results.stdout.includes('/etc/passwd') }).toEqual({
      status: 0,
      found: true,
    });
    expect((await bob.mig(['inbox', '-state', 'launched'])).stdout).toMatch(
      new RegExp(`^ *${id}  launched +${actionId}  \\S+Z  Bob Kelso  - +John Smith  file`, 'm'),
    );
    const [entry] = JSON.parse((await bob.mig(['inbox', '-state', 'launched', '--json'])).stdout);
    expect(entry).toMatchObject({ id: Number(id), state: 'launched', turn: 'signed by you' });
    expect(await bob.mig(['inbox', 'sign', id, '-digest', digestIn(shown.stdout)])).toMatchObject({
      status: 3,
    });
  });

  test('is offered the inbox on a terminal, and signed there by the second', async () => {
    const offered = await runOnTerminal(
      ['file', '-c', john.migrc, ...TARGET, ...SEARCH],
      [['and launch nothing? [y/N]', 'y\n']],
    );
    expect(offered.shown).toContain('weight     file has weight 1 of 2: Bob Kelso (1) could sign');
    const [, id = ''] = /entry (\d+) waits in the inbox until/.exec(offered.shown) ?? [];
    const no = await runOnTerminal(['inbox', 'sign', id, '-c', bob.migrc], [['sign this? [y/N]', 'n\n']]);
    expect(no.status).toBe(130);
    const yes = await runOnTerminal(['inbox', 'sign', id, '-c', bob.migrc], [['sign this? [y/N]', 'y\n']]);
    expect({ status: yes.status, launched: /launched as action \d+/.test(yes.shown) }).toEqual({
      status: 0,
      launched: true,
    });
  });

  test('without a terminal is launched as ever, with a line that says what is missing', async () => {
    const alone = await john.mig(PASSWD);
    expect(alone.stderr).toContain('weight     file has weight 1 of 2: Bob Kelso (1) could sign\n');
    expect(alone.stderr).toContain('agents will refuse this: -inbox leaves it for a second signer\n');
    expect(alone.stderr).toContain('insufficient signatures weight (need 2, got 1)');
    expect(alone.status).toBe(4);
  });

  test('goes on with files: -s by one, -i by the other', async () => {
    const signed = await john.mig(['file', ...TARGET, '-s', ...SEARCH]);
    const path = file('signed.json', signed.stdout);
    const offline = ['-keys', file('john.asc', platform.people.john.publicKey), '-acl', aclFile];
    expect(await bob.mig(['verify', ...offline, path])).toMatchObject({
      status: 3,
      stdout: expect.stringContaining('file has weight 1 of 2: Bob Kelso (1) could sign\n'),
    });
    const both = await bob.mig(['-i', path]);
    expect({ status: both.status, found: both.stdout.includes('/etc/passwd') }).toEqual({
      status: 0,
      found: true,
    });
    expect(both.stderr).not.toContain('weight     ');
  });
});
