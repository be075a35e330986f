import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
  await addAgents('web', 1);
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const addAgents = (name: string, count: number) =>
  platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT $1::text, 'linux.' || $1 || '.' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"linux"}', '{}'
     FROM generate_series(1, $2) AS n`,
    [name, count],
  );
const removeAgents = (name: string) => platform.pool.query('DELETE FROM agents WHERE name = $1', [name]);

function file(name: string, content: string): string {
  const path = join(platform.slot.services.home, platform.slot.name, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const TARGET = ['-t', "os='linux'"];
const SEARCH = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];

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

describe('what the second signer is told', () => {
  test('is what has changed since the first one looked', async () => {
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
    expect(list.stdout).toMatch(
      new RegExp(`^ *${id}  declined +-  \\S+Z  Bob Kelso  no \\\\u\\{1b\\}\\[31mred  John Smith`, 'm'),
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

  test('cannot change the published ACL', async () => {
    const { fingerprint } = platform.people.bob;
    const acl = { default: { minimumweight: 2, investigators: { bob: { fingerprint, weight: 1 } } } };
    await bob.mig(['acl', 'publish', file('acl.cfg', JSON.stringify(acl))]);
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
