import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postAction } from '../../dev/api-caller.ts';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ReturnType<typeof cliOf>;
let actionId: number;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = cliOf(platform, 'bob');
  actionId = await postAction(platform.api, {
    validFromMs: Date.now() - 60_000,
    expireAfterMs: Date.now() + 600_000,
  });
  await addAgents(250);
  await answer('host-1', [
    {
      foundanything: true,
      success: true,
      elements: {
        s1: [{ file: '/etc/passwd', search: {}, fileinfo: { size: 1, mode: '-rw', lastmodified: 'x' } }],
      },
      statistics: null,
      errors: null,
    },
  ]);
  await answer('host-2', null);
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function addAgents(count: number): Promise<void> {
  await platform.pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'host-' || n, 'linux.records.' || n, 'daemon', '20260101+a.prod', 4, now(),
       timestamptz '2026-05-06 07:08:09.123456+00' + n * interval '1 minute', now(), 'online',
       '{"os":"linux","arch":"amd64","addresses":["10.0.0.1/8","::1/128"],"isproxied":false}', '{"operator":"it"}'
     FROM generate_series(1, $1::int) AS n`,
    [count],
  );
}

async function answer(name: string, results: unknown): Promise<void> {
  await platform.pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, results, starttime, finishtime)
     SELECT $1, id, queueloc, $3, $4, now(), now() FROM agents WHERE name = $2`,
    [
      actionId,
      name,
      results === null ? 'sent' : 'success',
      results === null ? null : JSON.stringify(results),
    ],
  );
}

const mig = (line: string, ...more: string[]) => bob.mig([...line.split(' '), ...more]);

describe('mig list', () => {
  test('prints the first hundred, and says on stderr that there are more', async () => {
    const { status, stdout, stderr } = await mig('list agents');
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(100);
    expect(stderr).toMatch(
      /^ +id {2}status +last heartbeat .*\nthese are the first 100; -limit 1000 shows more, -all every one\n$/,
    );
    expect(stdout).toMatch(/^\d+ {2}online {2}2026-05-06T07:09:09Z {2}host-1 /);
  });

  test('-limit and -all say how many', async () => {
    expect((await mig('list agents -limit 3 --jsonl')).stdout.trimEnd().split('\n')).toHaveLength(3);
    const all = await mig('list agents -all --json');
    expect(JSON.parse(all.stdout)).toHaveLength(250);
    expect(all.stderr).toBe('');
    const exactly = await mig('list agents -limit 250');
    expect(exactly.stderr).not.toContain('these are the first');
  });

  test('--csv has the columns of its help, and nothing else on stdout', async () => {
    const { stdout, stderr } = await mig('list agents -name host-7 --csv');
    expect(stderr).toBe('');
    expect(parse(stdout, { columns: true, record_delimiter: '\r\n' })).toMatchObject([
      {
        name: 'host-7',
        status: 'online',
        os: 'linux',
        tags: 'operator=it',
        heartbeattime: '2026-05-06T07:15:09.123456Z',
      },
    ]);
    const help = await mig('help list agents');
    const documented = help.stdout.replaceAll('\n', ' ').replaceAll(/\s+/g, ' ');
    expect(documented).toContain(
      'Columns: id, status, heartbeattime, name, version, queueloc; with --wide and in CSV also mode, os, arch, ident, tags.',
    );
  });

  test.each([
    ['agents -name host-1*', 111],
    ['agents -agentname host-1%', 111],
    ['agents -status offline', 0],
    ['agents -after 2026-05-06T11:00:00Z', 19],
    ['agents -before 2026-05-06T07:10:00Z', 1],
    ['commands', 2],
    ['commands -foundanything true', 1],
    ['commands -status sent', 1],
    ['commands -agentname host-2', 1],
    ['actions', 1],
    ['actions -agentname host-2', 1],
    ['actions -before 2h', 0],
    ['actions -after 2h -status *', 1],
    ['investigators -status active', 3],
    ['manifests', 0],
    ['loaders', 0],
  ])('mig list %s finds %i', async (line, count) => {
    const { status, stdout, stderr } = await mig(`list ${line} -all --json`);
    expect({ status, count: JSON.parse(stdout).length }).toEqual({ status: 0, count });
    expect(stderr).toBe(count === 0 ? `no ${line.split(' ')[0]?.slice(0, -1)} matches\n` : '');
  });

  test('-t takes a target or macro, and a target that reaches nobody is refused', async () => {
    expect(JSON.parse((await mig('list agents --json -limit 5 -t allonline')).stdout)).toHaveLength(5);
    const nobody = await mig('list agents -t', `name='nobody'`);
    expect(nobody).toMatchObject({ status: 3, stdout: '' });
  });
});

describe('mig show', () => {
  test('action shows the target, the signers, the parameters and the counters', async () => {
    const { status, stdout } = await mig(`show action ${actionId}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^action ${actionId}: \\w+\n`));
    expect(stdout).toMatch(
      new RegExp(`^ {2}signed by +Bob Kelso \\(${platform.people.bob.fingerprint}\\)$`, 'm'),
    );
    expect(stdout).toMatch(/^ {2}commands +2 sent, 1 done/m);
    expect(stdout).toMatch(/^operation \w+\n {2}\{\n/m);
  });

  test('command shows the results as the module prints them', async () => {
    const [found] = JSON.parse((await mig('list commands -foundanything true --json')).stdout);
    const { status, stdout } = await mig(`show command ${found.id}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^command ${found.id}: success\n {2}action +${actionId} `));
    expect(stdout).toMatch(/^operation 1 file: found\n {2}\/etc\/passwd \[/m);
    const [sent] = JSON.parse((await mig('list commands -status sent --json')).stdout);
    expect((await mig(`show command ${sent.id}`)).stdout).toMatch(/^ {2}results +none$/m);
  });

  test('agent shows the machine, the tags and the last commands', async () => {
    const [agent] = JSON.parse((await mig('list agents -name host-1 --json')).stdout);
    for (const line of [`show agent ${agent.id}`, `agents show ${agent.id}`, 'show agent host-1']) {
      const { status, stdout, stderr } = await mig(line);
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^agent ${agent.id}: online\n {2}name +host-1\n`));
      expect(stdout).toMatch(/^ {2}addresses +10\.0\.0\.1\/8\n +::1\/128\n/m);
      expect(stdout).toMatch(/^ {2}tags +operator=it$/m);
      expect(stdout).toMatch(new RegExp(`^last commands\n\\d+ +${actionId}  success `, 'm'));
      expect(stderr).toMatch(/^ +id +action /);
    }
  });

  test('an agent is shown by its name, and the ids are listed where several have it', async () => {
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       SELECT 'twin_1', 'linux.twin.' || n, 'daemon', '1', 1, now(), now(), now(), 'offline', '{}', '{}' FROM generate_series(1, 23) AS n`,
    );
    const several = await mig('show agent twin_1');
    expect(several).toMatchObject({ status: 2, stdout: '' });
    expect(several.stderr).toMatch(
      /23 agents are named "twin_1": give an id, one of (\d+ \(offline\), ){19}\d+ \(offline\) and 3 more\n/,
    );
    const [, id = ''] = /one of (\d+) /.exec(several.stderr) ?? [];
    expect(await mig(`show agent ${id}`)).toMatchObject({ status: 0 });
    const none = await mig('show agent twin.1');
    expect(none).toMatchObject({ status: 3, stdout: '' });
    expect(none.stderr).toContain('there is no agent "twin.1"; did you mean twin_1?');
    await platform.pool.query(`DELETE FROM agents WHERE name = 'twin_1'`);
  });

  test('investigator shows the key, the permissions and the last actions', async () => {
    const [person] = JSON.parse((await mig('list investigators --json -name', 'Bob*')).stdout);
    const { status, stdout } = await mig(`show investigator ${person.id}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^ {2}key +${platform.people.bob.fingerprint}$`, 'm'));
    expect(stdout).toMatch(/^ {2}permissions +.*: search, action, /m);
    expect(stdout).toMatch(new RegExp(`^last actions\n${actionId}  `, 'm'));
    expect(await mig('show investigator', 'Bob Kelso')).toMatchObject({ status: 0, stdout });
  });

  test('--json prints the record of the API', async () => {
    expect(JSON.parse((await mig(`show action ${actionId} --json`)).stdout)).toMatchObject({ id: actionId });
  });

  test.each([
    ['action 1', 3, `Action ID '1' not found`],
    ['loader 99', 3, `Loader ID '99' not found`],
  ])('%s ends with %i', async (line, status, message) => {
    expect(await mig(`show ${line}`)).toEqual({
      status,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

describe('mig agents', () => {
  test('search -p takes what mig-agent-search takes, and -format mig prints what it prints', async () => {
    const { status, stdout, stderr } = await mig('agents search -format mig -p', 'name=host-1 status=online');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [header, line, end] = stdout.split('\n');
    expect(header).toBe(
      'name; id; status; version; mode; os; arch; pid; starttime; heartbeattime; tags; environment',
    );
    expect(line).toMatch(
      /^host-1; \d+; online; 20260101\+a\.prod; daemon; linux; amd64; 4; [\dT:-]+Z; 2026-05-06T07:09:09Z; \{"operator":"it"\}; \{"os":"linux",.*\}$/,
    );
    expect(end).toBe('');
    const all = await mig('agents search -p status=% -format mig');
    expect(all.stdout.trimEnd().split('\n')).toHaveLength(251);
    const every = await mig('agents search --jsonl -t', 'true');
    expect(every.stdout.trimEnd().split('\n')).toHaveLength(250);
  });

  test('search takes the filters as flags, too', async () => {
    const { stdout } = await mig('agents search -name host-1* -limit 2 --csv');
    expect(stdout.trimEnd().split('\r\n')).toHaveLength(3);
  });

  test('count counts what a target reaches', async () => {
    expect(await mig('agents count')).toEqual({ status: 0, stdout: '250\n', stderr: '' });
    expect((await mig('agents count -t', `name='host-1'`)).stdout).toBe('1\n');
    expect(JSON.parse((await mig('agents count --json')).stdout)).toEqual({
      target: `status='online'`,
      count: 250,
    });
  });
});

describe('mig results', () => {
  test('--csv has a row for each line of a result, and the notes stay on stderr', async () => {
    const { status, stdout, stderr } = await mig(`results ${actionId} --csv`);
    expect(status).toBe(4);
    expect(parse(stdout, { columns: true, record_delimiter: '\r\n' })).toEqual([
      {
        actionid: String(actionId),
        commandid: expect.stringMatching(/^\d+$/),
        agent: 'host-1',
        queueloc: 'linux.records.1',
        status: 'success',
        operation: '1',
        module: 'file',
        found: 'yes',
        line: expect.stringMatching(/^\/etc\/passwd \[.*\] in search 's1'/),
      },
    ]);
    expect(stderr).toContain('1 agent has found results');
    expect(stderr).toMatch(/^2 sent, 1 done, 1 succeeded/m);
  });

  test('--jsonl -show all has a row for every command, also one without an answer', async () => {
    const { status, stdout } = await mig(`results ${actionId} --jsonl -show all`);
    expect(status).toBe(4);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toContainEqual(expect.objectContaining({ agent: 'host-1', operation: 1, found: true }));
    expect(rows).toContainEqual(
      expect.objectContaining({
        agent: 'host-2',
        status: 'sent',
        operation: null,
        module: null,
        found: null,
        line: null,
      }),
    );
    const none = await mig(`results ${actionId} --jsonl -show notfound`);
    expect(none).toMatchObject({ status: 4, stdout: '' });
  });
});

describe('mig dashboard', () => {
  beforeAll(() => platform.pool.query('UPDATE agents SET heartbeattime = now()'));

  test('prints the numbers of the fleet and the latest actions', async () => {
    const { status, stdout } = await mig('dashboard');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^fleet\n {2}online agents +250\n {2}online agents by version +250 of 20260101\+a\.prod\n/,
    );
    expect(stdout).toMatch(new RegExp(`^latest actions\n${actionId}  `, 'm'));
  });

  test("--json has MIG's names", async () => {
    const document = JSON.parse((await mig('dashboard --json')).stdout);
    expect(document).toMatchObject({ 'online agents': 250, actions: [{ id: actionId }] });
  });
});
