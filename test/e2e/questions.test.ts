import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Acl } from '../../contract/rules/acl.ts';
import type { People } from '../../dev/stack/seed.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { openAgent } from '../setup/agent-process.ts';
import { runOnTerminal } from '../setup/mig-terminal.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';
import { QUESTION } from '../setup/questions.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let john: ReturnType<typeof cliOf>;
let bobsKey: string;

beforeAll(async () => {
  platform = await openPlatform();
  const acl = JSON.stringify(aclOfBoth(platform.people));
  const agent = platform.use(
    await openAgent(platform.slot, 'questions', {
      written: (config) => writeFileSync(join(dirname(config), 'acl.cfg'), acl),
    }),
  );
  await waitFor('registration', async () => {
    const { rows } = await platform.pool.query('SELECT FROM agents WHERE queueloc = $1', [agent.queueloc]);
    return rows.length === 1;
  });
  bob = cliOf(platform, 'bob');
  john = cliOf(platform, 'john');
  bobsKey = file('bob.asc', platform.people.bob.publicKey);
  await saved('passwd', QUESTION);
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** Each of the two may ask alone. */
function aclOfBoth({ bob: one, john: other }: People): Acl {
  const investigators = Object.fromEntries(
    [one, other].map(({ fingerprint }, index) => [`person-${index}`, { fingerprint, weight: 1 }]),
  );
  return { default: { minimumweight: 1, investigators } };
}

function file(name: string, content: string): string {
  const path = join(platform.slot.services.home, platform.slot.name, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Saves a question of Bob's by the file that a person would write. */
async function saved(name: string, change: object, ...flags: string[]): Promise<void> {
  const { description, parameters, operations } = QUESTION;
  const question = { description, parameters, operations, ...change, name };
  const path = file(
    'question.json',
    JSON.stringify({ ...question, previous: undefined, version: undefined }),
  );
  const { status, stderr } = await bob.mig(['questions', 'save', name, path, '-y', ...flags]);
  expect(status, stderr).toBe(0);
}

const byJohn = (...args: string[]) => john.mig([...args, '-keys', bobsKey]);

describe('a saved question', () => {
  test('is asked by another investigator, with his values, and its name is that of the action', async () => {
    const asked = await byJohn('ask', 'passwd', '-name', '^(passwd|group)$', '-t', "os='linux'");
    expect(asked.status, asked.stderr).toBe(0);
    expect(asked.stdout).toMatch(
      /\/etc\/passwd \[.*\n?.*\/etc\/group \[|\/etc\/group \[.*\n?.*\/etc\/passwd \[/,
    );
    for (const line of [
      `written by Bob Kelso`,
      `(${platform.people.bob.fingerprint})`,
      "target     os='linux'",
      '"^(passwd|group)$"',
      '"paths": [',
    ]) {
      expect(asked.stderr).toContain(line);
    }
    expect(asked.stderr).not.toContain('$parameter');
    const listed = await john.mig(['list', 'actions', '-name', 'question passwd*', '--json']);
    const names = JSON.parse(listed.stdout).map(({ name }: { name: string }) => name);
    expect(names).toEqual([`question passwd v1 -name '^(passwd|group)$' -path /etc`]);
  });

  test('keeps a hostile value a value', async () => {
    const hostile = `x"],"names":[".*"],"y":["%s'; $parameter"]`;
    const asked = await bob.mig(['ask', 'passwd', '-set', `name=${hostile}`, '-p']);
    expect(asked.status, asked.stderr).toBe(0);
    const [operation] = JSON.parse(asked.stdout).operations;
    expect(operation.parameters.searches.s1).toEqual({
      paths: ['/etc'],
      names: [hostile],
      options: { maxdepth: 1, matchall: true },
    });
  });

  test('explains its parameters, and refuses values that do not fit', async () => {
    const help = await byJohn('ask', 'passwd', 'help');
    expect(help.stdout).toContain('usage: mig ask passwd -name <regex> [-path <path>] [options]\n');
    expect(help.stdout).toContain('  -name <regex>, required, such as "^passwd$": of the file\n');
    expect((await byJohn('ask', 'passwd', '-h')).stdout).toBe(help.stdout);
    for (const [args, problem] of [
      [[], 'parameter name is missing: of the file'],
      [['-name', '('], "parameter name: Invalid regexp '('"],
      [['-name', 'x', '-path', 'etc'], 'parameter path: must be an absolute path'],
      [['-name', 'x', '-nme', 'y'], 'did you mean -name?'],
    ] as const) {
      const refused = await byJohn('ask', 'passwd', ...args);
      expect(refused).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(problem) });
    }
  });

  test('has its own target and validity, which the command line replaces', async () => {
    await saved('targeted', { target: 'allonline', expireafter: '47m' });
    const own = await bob.mig(['ask', 'targeted', '-name', 'x', '-p']);
    const { target, validfrom, expireafter } = JSON.parse(own.stdout);
    expect(target).toBe(`status='online'`);
    expect(Date.parse(expireafter) - Date.parse(validfrom)).toBeGreaterThan(47 * 60_000);
    const given = await bob.mig(['ask', 'targeted', '-name', 'x', '-t', 'true', '-target-found', '7', '-p']);
    expect(JSON.parse(given.stdout).target).toMatch(/^queueloc IN \(.*actionid=7 .*\) AND \(true\)$/);
  });

  test('names the parameter and the operation that a module refuses', async () => {
    await saved('connections', {
      parameters: [{ name: 'address', type: 'text', required: true }],
      operations: [
        { module: 'file', parameters: { searches: { s: { paths: ['/etc'], names: ['x'] } } } },
        { module: 'netstat', parameters: { connectedip: [{ $parameter: 'address' }] } },
      ],
    });
    const refused = await bob.mig(['ask', 'connections', '-address', 'nowhere']);
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('operation 2 (netstat): invalid IPv{4,6} nowhere'),
    });
  });

  test('is made of an action', async () => {
    const action = JSON.parse((await john.mig(['list', 'actions', '--json'])).stdout)[0];
    const line = ['questions', 'save', 'made', '-from-action', String(action.id), '-y'];
    const made = await bob.mig([...line, '-keys', file('john.asc', platform.people.john.publicKey)]);
    expect(made, made.stderr).toMatchObject({ status: 0, stdout: 'version 1 of question made saved\n' });
    const shown = await bob.mig(['questions', 'show', 'made', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      comment: `made of action ${action.id}`,
      target: action.target,
      operations: action.operations.map(({ module, parameters }: never) => ({ module, parameters })),
    });
  });
});

describe('a version', () => {
  test('is changed by its file, compared and listed, and none is lost', async () => {
    await saved('changed', {});
    const shown = await byJohn('questions', 'show', 'changed', '--json');
    const draft = JSON.parse(shown.stdout);
    const path = file('changed.json', JSON.stringify({ ...draft, target: 'true' }));
    const johns = await byJohn('questions', 'save', 'changed', path, '-comment', 'everywhere', '-y');
    expect(johns, johns.stderr).toMatchObject({ status: 0, stdout: 'version 2 of question changed saved\n' });
    expect(johns.stderr).toContain('- target     as of any action\n  + target     true\n');
    const stale = file('stale.json', JSON.stringify({ ...draft, description: 'mine' }));
    const lost = await bob.mig(['questions', 'save', 'changed', stale, '-y']);
    expect(lost).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('question changed has version 2 as its newest'),
    });
    const johnsKey = file('both/john.asc', platform.people.john.publicKey);
    file('both/bob.asc', platform.people.bob.publicKey);
    const keys = ['-keys', dirname(johnsKey)];
    const history = await bob.mig(['questions', 'history', 'changed', ...keys]);
    expect(history.stdout).toMatch(/^v2 {2}\S+ {2}John Smith .*: everywhere\nv1 {2}\S+ {2}Bob Kelso .*\n$/);
    const diff = await bob.mig(['questions', 'diff', 'changed', ...keys]);
    expect(diff.stdout).toContain('- target     as of any action\n+ target     true\n');
    const listed = await bob.mig(['questions', 'list', 'changed', '--jsonl', ...keys]);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      name: 'changed',
      version: 2,
      author: expect.stringContaining('John'),
    });
    const same = await byJohn('questions', 'save', 'made-new', path, '-y');
    expect(same).toMatchObject({ status: 2, stderr: expect.stringContaining('it is the question changed') });
  });

  test('leaves the list when its question is removed, and returns by its export', async () => {
    await saved('removed', {});
    const exported = await bob.mig(['questions', 'export', 'removed']);
    const path = file('exported.jsonl', exported.stdout);
    expect(await bob.mig(['questions', 'remove', 'removed', '-y'])).toMatchObject({
      status: 0,
      stdout: 'question removed removed\n',
    });
    expect((await bob.mig(['questions', 'list', 'removed'])).stdout).toBe('');
    expect(await bob.mig(['ask', 'removed', '-name', 'x'])).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('question removed was removed by Bob Kelso'),
    });
    expect((await bob.mig(['questions', 'show', 'removed', '-version', '1'])).status).toBe(0);
    const imported = await byJohn('questions', 'import', path, '-y');
    expect(imported, imported.stderr).toMatchObject({
      status: 0,
      stdout: 'version 2 of question removed saved\n',
    });
    const tampered = file('tampered.jsonl', exported.stdout.replace('/etc', '/tmp'));
    expect(await byJohn('questions', 'import', tampered, '-y')).toMatchObject({ status: 3, stdout: '' });
  });
});

describe('a platform that lies', () => {
  const wrong = (text: string) => ({ status: 3, stdout: '', stderr: expect.stringContaining(text) });
  const update = (set: string, name: string) =>
    platform.pool.query(`UPDATE questions SET ${set} WHERE name = $1`, [name]);

  test('cannot change the text of a version', async () => {
    await saved('tampered', {});
    await update(`document = replace(document, '/etc', '/root')`, 'tampered');
    expect(await byJohn('ask', 'tampered', '-name', 'x')).toMatchObject(wrong('it is not over this text'));
    expect(await byJohn('questions', 'show', 'tampered')).toMatchObject(wrong('does not count'));
    const listed = await byJohn('questions', 'list', 'tampered', '--jsonl');
    expect(JSON.parse(listed.stdout)).toMatchObject({
      author: '',
      description: '',
      problem: expect.stringMatching(/./),
    });
    const history = await byJohn('questions', 'history', 'tampered');
    expect(history).toMatchObject({ status: 3, stdout: expect.stringContaining('v1  NOT VERIFIED') });
  });

  test('cannot show an older version, or another question, in the place of one', async () => {
    await saved('replayed', {});
    await saved('replayed', { description: 'a better one' });
    await platform.pool.query(
      `UPDATE questions SET document = o.document, signature = o.signature
       FROM questions o
       WHERE questions.name = 'replayed' AND questions.version = 2 AND o.name = 'replayed' AND o.version = 1`,
    );
    expect(await byJohn('ask', 'replayed', '-name', 'x')).toMatchObject(
      wrong('the API shows version 1 of replayed as version 2 of replayed'),
    );
  });

  test('cannot hide the newest version from somebody who has seen it', async () => {
    await saved('hidden', {});
    await saved('hidden', { description: 'a better one' });
    expect((await byJohn('questions', 'show', 'hidden')).status).toBe(0);
    await platform.pool.query(`DELETE FROM questions WHERE name = 'hidden' AND version = 2`);
    const problem = 'the API shows version 1 of hidden as the newest, and you have seen version 2';
    expect(await byJohn('ask', 'hidden', '-name', 'x')).toMatchObject(wrong(problem));
    expect(await byJohn('questions', 'history', 'hidden')).toMatchObject(wrong(problem));
    const knowingly = await byJohn('ask', 'hidden', '-name', 'x', '-version', '1', '-p');
    expect(knowingly.status, knowingly.stderr).toBe(0);
  });

  test('cannot pass off a key of its own where nobody reads what is signed', async () => {
    const unread = await john.mig(['ask', 'passwd', '-name', 'x']);
    expect(unread).toMatchObject(wrong('nobody reads this question here, and only the platform says'));
    const ownKey = file('john.asc', platform.people.john.publicKey);
    expect(await john.mig(['ask', 'passwd', '-name', 'x', '-keys', ownKey])).toMatchObject(
      wrong('has this fingerprint'),
    );
  });

  test('cannot have anybody save its own text unread, as that of an action or of an export', async () => {
    const unread = wrong('nobody reads this question here, and only the platform says');
    const launched = await byJohn('ask', 'passwd', '-name', '^passwd$');
    expect(launched.status, launched.stderr).toBe(0);
    const { id } = JSON.parse((await john.mig(['list', 'actions', '--json'])).stdout)[0];
    const line = ['questions', 'save', 'planted', '-from-action', String(id), '-y'];
    expect(await bob.mig(line)).toMatchObject(unread);
    await platform.pool.query(
      `UPDATE actions SET operations = replace(operations::text, '/etc', '/root')::json WHERE id = $1`,
      [id],
    );
    const keys = ['-keys', file('john.asc', platform.people.john.publicKey)];
    expect(await bob.mig([...line, ...keys])).toMatchObject(unread);
    await saved('exported', {});
    const exported = file('planted.jsonl', (await bob.mig(['questions', 'export', 'exported'])).stdout);
    expect((await bob.mig(['questions', 'remove', 'exported', '-y'])).status).toBe(0);
    expect(await john.mig(['questions', 'import', exported, '-y'])).toMatchObject(unread);
  });

  test('cannot hide how long the action of a question is valid', async () => {
    await saved('lasting', { expireafter: '8000h' });
    const asked = await byJohn('ask', 'lasting', '-name', '^passwd$');
    expect(asked.stderr).toMatch(/valid for {2}8000h\n[\s\S]*launched/);
  });
});

test('on a terminal the whole question is shown, and asked about when only the platform knows its author', async () => {
  const line = ['ask', 'passwd', '-name', '^passwd$', '-t', "os='linux'", '-c', john.migrc];
  const no = await runOnTerminal(line, [['sign this? [y/N]', 'n\n']]);
  expect(no.status).toBe(130);
  const yes = await runOnTerminal(line, [['sign this? [y/N]', 'y\n']]);
  expect(yes.status, yes.shown).toBe(0);
  expect(yes.shown).toMatch(/"\^passwd\$"[\s\S]*sign this[\s\S]*launching in 5 s[\s\S]*\/etc\/passwd \[/);
});

test('names that were seen are completed, and no others', async () => {
  const { stdout } = await bob.mig(['completion', 'questions']);
  expect(stdout.split('\n')).toContain('passwd');
  expect(readFileSync(`${bob.migrc}.questions`, 'utf8')).toContain('"passwd"');
});
