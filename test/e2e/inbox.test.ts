import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Acl } from '../../contract/rules/acl.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type AgentProcess, openAgent } from '../setup/agent-process.ts';
import { migOnTerminal } from '../setup/on-terminal.ts';
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

  test('that the database changed is believed by nobody', async () => {
    await platform.pool.query(
      `UPDATE acls SET document = replace(document, '"minimumweight":2', '"minimumweight":1')`,
    );
    try {
      const shown = await john.mig(['acl', 'show']);
      expect(shown).toMatchObject({
        status: 3,
        stdout: '',
        stderr: expect.stringContaining('does not count'),
      });
      const id = await submitted('-signers', '2');
      const entry = await bob.mig(['inbox', 'show', id]);
      expect(entry.stderr).toContain('the published ACL does not count');
      expect(entry.stdout).toContain('weight     not known');
      await john.mig(['inbox', 'withdraw', id]);
    } finally {
      await platform.pool.query(
        `UPDATE acls SET document = replace(document, '"minimumweight":1', '"minimumweight":2')`,
      );
    }
  });
});

describe('an action of two signers', () => {
  test('waits, is read, signed and launched, and the agent answers', async () => {
    const id = await submitted('-why', 'ticket 5');
    const listed = await bob.mig(['inbox']);
    expect(listed.stdout).toMatch(
      new RegExp(`^${id}  yours to sign  until \\S+  file has weight 1 of 2  by John Smith: file`, 'm'),
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
    expect((await bob.mig(['inbox', '-state', 'launched'])).stdout).toContain(
      `${id}  launched as action ${actionId} by Bob Kelso`,
    );
    expect(await bob.mig(['inbox', 'sign', id, '-digest', digestIn(shown.stdout)])).toMatchObject({
      status: 3,
    });
  });

  test('is offered the inbox on a terminal, and signed there by the second', async () => {
    const offered = await migOnTerminal(
      ['file', '-c', john.migrc, ...TARGET, ...SEARCH],
      [{ to: 'and launch nothing? [y/N]', answer: 'y' }],
    );
    expect(offered.printed).toContain('weight     file has weight 1 of 2: Bob Kelso (1) could sign');
    const [, id = ''] = /entry (\d+) waits in the inbox until/.exec(offered.printed) ?? [];
    const no = await migOnTerminal(
      ['inbox', 'sign', id, '-c', bob.migrc],
      [{ to: 'sign this? [y/N]', answer: 'n' }],
    );
    expect(no.status).toBe(130);
    const yes = await migOnTerminal(
      ['inbox', 'sign', id, '-c', bob.migrc],
      [{ to: 'sign this? [y/N]', answer: 'y' }],
    );
    expect({ status: yes.status, launched: /launched as action \d+/.test(yes.printed) }).toEqual({
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
    const both = await bob.mig(['-i', file('signed.json', signed.stdout)]);
    expect({ status: both.status, found: both.stdout.includes('/etc/passwd') }).toEqual({
      status: 0,
      found: true,
    });
    expect(both.stderr).not.toContain('weight     ');
  });
});

describe('what the second signer is told', () => {
  test('is what has changed since the first one looked', async () => {
    const addAgents = (name: string, count: number) =>
      platform.pool.query(
        `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
         SELECT $1::text, 'linux.' || $1 || '.' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
         FROM generate_series(1, $2) AS n`,
        [name, count],
      );
    const removeAgents = (name: string) => platform.pool.query('DELETE FROM agents WHERE name = $1', [name]);
    await addAgents('gone', 1);
    const id = await submitted('-t', 'allonline');
    await removeAgents('gone');
    await addAgents('more', 99);
    const own = readFileSync(bob.migrc, 'utf8');
    writeFileSync(bob.migrc, own.replace(/macro = .*/, 'macro = allonline:true'));
    const shown = await bob.mig(['inbox', 'show', id]);
    writeFileSync(bob.migrc, own);
    await removeAgents('more');
    for (const line of [
      'the target reaches 100 agents now, and reached 2 when it was signed first',
      'no longer reached, of the 2 agents named then: gone',
      'the first signer typed the macro allonline, and your allonline is another target: true',
    ]) {
      expect(shown.stdout).toContain(`now        ${line}\n`);
    }
  });

  test('is that the window ends soon', async () => {
    const id = await submitted('-e', '5m');
    const shown = await bob.mig(['inbox', 'show', id]);
    expect(shown.stdout).toMatch(
      /now {8}the action ends in [45] minutes: agents that are away will not answer/,
    );
  });

  test('is why an action was declined, without orders to the terminal', async () => {
    const id = await submitted('-n', 'name \u001b[2J', '-why', 'why \u001b]0;title\u0007');
    const shown = await bob.mig(['inbox', 'show', id]);
    expect(shown.stdout).not.toContain('\u001b');
    expect(shown.stdout).toContain('name \\u{1b}[2J');
    expect(await bob.mig(['inbox', 'decline', id])).toMatchObject({ status: 2 });
    const declined = await bob.mig(['inbox', 'decline', id, '-reason', 'no \u001b[31mred']);
    expect(declined).toMatchObject({ status: 0, stdout: `entry ${id} declined\n` });
    const list = await john.mig(['inbox', '-state', 'declined']);
    expect(list.stdout).toContain(
      `${id}  declined by Bob Kelso (no \\u{1b}[31mred)  submitted by John Smith`,
    );
  });
});

describe('a platform that lies', () => {
  const refused = { status: 3, stdout: '', stderr: expect.stringContaining('is not over') };

  test('cannot show or have signed another text than the one that the first signer signed', async () => {
    const id = await submitted();
    const honest = await bob.mig(['inbox', 'show', id]);
    await platform.pool.query(`UPDATE inbox SET action = replace(action, '/etc', '/root') WHERE id = $1`, [
      id,
    ]);
    expect(await bob.mig(['inbox', 'show', id])).toMatchObject(refused);
    expect(await bob.mig(['inbox', 'sign', id, '-digest', digestIn(honest.stdout)])).toMatchObject(refused);
  });

  test('cannot change what the first signer saw', async () => {
    const id = await submitted();
    await platform.pool.query(
      `UPDATE inbox SET note = replace(note, '"agents":1', '"agents":9') WHERE id = $1`,
      [id],
    );
    const shown = await bob.mig(['inbox', 'show', id]);
    expect(shown).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('the note of the first signer does not count'),
    });
  });

  test('cannot give the note of another action to this one', async () => {
    const [id, other] = [await submitted(), await submitted()];
    await platform.pool.query(
      `UPDATE inbox SET note = o.note, notesignature = o.notesignature FROM inbox o WHERE inbox.id = $1 AND o.id = $2`,
      [id, other],
    );
    expect(await bob.mig(['inbox', 'show', id])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(
        'the API shows another action than the one that its first signer submitted',
      ),
    });
  });

  test('cannot pass off a key of its own, where -keys names those that count', async () => {
    const id = await submitted();
    const folder = dirname(file('keys/bob.asc', platform.people.bob.publicKey));
    expect(await bob.mig(['inbox', 'show', id, '-keys', folder])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining(`no key in ${folder} has this fingerprint`),
    });
    file('keys/john.asc', platform.people.john.publicKey);
    const known = await bob.mig(['inbox', 'show', id, '-keys', folder]);
    expect(known.status, known.stderr).toBe(0);
    const unknown = await bob.mig(['inbox', 'show', id]);
    expect(unknown.stderr).toContain('keys       of the API: compare the fingerprints, or give -keys');
  });
});
