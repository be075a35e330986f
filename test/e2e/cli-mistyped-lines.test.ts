import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BASE_ROUTE } from '../../api/config.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { createInvestigatorCli } from '../../dev/stack/investigator.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { openAgent } from '../setup/agent-process.ts';
import { defined } from '../setup/defined.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { cliOf, openPlatform, type Platform, startApiProcess } from '../setup/platform.ts';
import { openShell, type Shell, type ShellRun } from '../setup/shell-lines.ts';
import { openTcpGate } from '../setup/tcp-gate.ts';

const TABLE = fileURLToPath(new URL('../fixtures/mistyped-lines.txt', import.meta.url));
/** The part of a line's output that the table contains. */
const SHOWN = 3;
const AT_ONCE = 2;

let shell: Shell;
beforeAll(() => {
  shell = openShell();
});
afterAll(() => shell?.[Symbol.dispose]());

describe('the table of mistyped command lines', () => {
  // `vitest run -u` renews the file; every line of it is reviewed.
  test('prints the expected lines, and none has the exit status of success', async () => {
    const lines = [...readFileSync(TABLE, 'utf8').matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line);
    expect(new Set(lines).size).toBeGreaterThanOrEqual(60);
    const runs = await runAll(lines);
    await expect(lines.map((line, i) => block(line, runs[i])).join('\n')).toMatchFileSnapshot(TABLE);
    for (const [i, run] of runs.entries()) {
      expect({ line: lines[i], status: run.status }).not.toMatchObject({ status: 0 });
      expect({ line: lines[i], printed: run.printed }).not.toMatchObject({ printed: '' });
    }
  });
});

describe('on a platform with one agent', () => {
  let platform: Platform;
  let bob: ReturnType<typeof cliOf>;

  beforeAll(async () => {
    platform = await openPlatform();
    const agent = platform.use(await openAgent(platform.slot, 'cli'));
    bob = cliOf(platform, 'bob');
    await waitFor('registration', async () => {
      const { rows } = await platform.pool.query('SELECT 1 FROM agents WHERE queueloc = $1', [
        agent.queueloc,
      ]);
      return rows.length === 1;
    });
    await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ('silent', 'linux.silent.1', 'daemon', '1', 1, now(), now(), now(), 'online', '{"os":"silent"}', '{}')`,
    );
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  const LINUX = ['file', '-t', `os='linux'`];
  const PASSWD = [...LINUX, '-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
  const idOf = ({ stderr }: { stderr: string }) => String(/^action (\d+) launched/m.exec(stderr)?.[1]);

  test('a search with errors reports them and has its own exit status, also with -t local', async () => {
    const search = ['-path', '/does/not/exist', '-name', 'x'];
    const remote = await bob.mig([...LINUX, ...search]);
    expect(remote.status).toBe(5);
    expect(remote.stderr).toMatch(
      /^1 agent met errors:\n {2}\S+-cli: ERROR: open \/does\/not\/exist: no such file or directory$/m,
    );
    const local = await shell.run(`mig file -t local ${search.join(' ')}`);
    expect(local.status).toBe(remote.status);
    expect(local.printed).toContain('local: ERROR: open /does/not/exist: no such file or directory');
    const { outcome } = JSON.parse((await bob.mig([...LINUX, ...search, '--json'])).stdout);
    expect(outcome).toMatchObject({ complete: false, found: 0, witherrors: 1, failures: 0, unanswered: 0 });
    const localJson = await bob.mig(['file', '-t', 'local', ...search, '--json']);
    expect(JSON.parse(localJson.stdout).outcome).toEqual({ ...outcome, limits: [] });
    const clean = await bob.mig([...LINUX, '-path', '/etc', '-maxdepth', '1', '-name', '^nosuchfile$']);
    expect(clean).toMatchObject({ status: 0, stdout: '' });
    expect(clean.stderr).toContain('0 agents have found results');
    expect(clean.stderr).not.toContain('errors:');
  });

  test('a limit that cut an answer is named in the last lines and in the JSON', async () => {
    const search = [1, 2, 3].flatMap((n) => ['-path', `/does/not/exist/${n}`]);
    const line = [...LINUX, ...search, '-name', 'x', '-maxerrors', '1'];
    const limit = /^\d+ errors were not returned \(max errors = 1\) \(1 agent\)$/;
    const reported = /^limit: (.*)$/m.exec((await bob.mig(line)).stderr)?.[1];
    expect(reported).toMatch(limit);
    expect(JSON.parse((await bob.mig([...line, '--json'])).stdout).outcome.limits).toEqual([reported]);
  });

  test('a failed upgrade is not reported as a success', async () => {
    const { status, stdout, stderr } = await bob.mig([
      'upgrade',
      '-t',
      `os='linux'`,
      '-e',
      '30s',
      '-version',
      '20991201+b.prod',
      '-platform',
      `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
      '-location',
      'https://127.0.0.1:1/b',
      '-checksum',
      'a'.repeat(64),
    ]);
    expect({ status, printed: stdout + stderr }).toMatchObject({ status: 4 });
    expect(stderr).toContain('1 answered that it failed');
    expect(stderr).not.toContain('1 succeeded');
    const counted = await bob.mig(['status', idOf({ stderr })]);
    expect(counted.stdout).toMatch(/^ +commands +1 sent, 1 done, 1 answered that it failed$/m);
    expect(stderr).toMatch(/-cli: .*(ECONNREFUSED|refused)/);
  });

  test('the agents are counted before the launch, and a target that matches no agent launches nothing', async () => {
    const count = async () => (await platform.pool.query('SELECT count(*) AS n FROM actions')).rows[0].n;
    const before = await count();
    const nobody = await bob.mig(['file', '-t', `os='plan9'`, '-path', '/etc', '-name', 'x']);
    expect(nobody).toMatchObject({ status: 3, stdout: '' });
    expect(nobody.stderr).toContain(`the target matches no agent, nothing was launched: os='plan9'`);
    expect(await count()).toBe(before);
    expect((await bob.mig(PASSWD)).stderr).toMatch(/^1 agent will be asked\naction \d+ launched/m);
  });

  test('offline agents are counted before the launch', async () => {
    const setStatus = (status: string) =>
      platform.pool.query(`UPDATE agents SET status = $1 WHERE name = 'silent'`, [status]);
    await setStatus('idle');
    const search = ['-path', '/etc', '-maxdepth', '1', '-name', '^passwd$'];
    const both = await bob.mig(['file', '-t', `os='linux' OR name='silent'`, '-e', '3s', ...search]);
    await setStatus('online');
    expect(both.stderr).toMatch(/^2 agents will be asked\nnot online: 1 of them, /m);
    expect(both.status).toBe(4);
  });

  test('an agent that found something with one operation of several is listed once, as found', async () => {
    const file = join(platform.slot.services.home, `${platform.slot.name}-operations.json`);
    const action = JSON.parse((await bob.mig([...PASSWD, '-p'])).stdout);
    const other = structuredClone(action.operations[0]);
    other.parameters.searches.s1.names = ['^nosuchfile$'];
    action.operations.push(other);
    writeFileSync(file, JSON.stringify(action));
    const found = await bob.mig(['-i', file]);
    expect(found.stdout).toContain('/etc/passwd');
    const all = await bob.mig(['results', idOf(found), '-show', 'all']);
    expect(all.stdout.match(/Statistics:/g)).toHaveLength(2);
    expect(all.stderr).toContain('1 agent has answered');
    const none = await bob.mig(['results', idOf(found), '-show', 'notfound']);
    expect(none).toMatchObject({ status: 0, stdout: '' });
    expect(none.stderr).toContain('0 agents have not found results');
  });

  test('-e 60s is valid for 60 seconds, and mig prints when it ends', async () => {
    const before = Date.now();
    const { stderr } = await bob.mig([...PASSWD, '-e', '60s']);
    const end = Date.parse(defined(/launched, valid until (\S+),/.exec(stderr)?.[1]));
    expect(end).toBeGreaterThanOrEqual(before + 60_000);
    expect(end).toBeLessThanOrEqual(Date.now() + 61_000);
  });

  test('mig results prints an answer again, with the same filters', async () => {
    const first = await bob.mig(PASSWD);
    const id = idOf(first);
    const again = await bob.mig(['results', id]);
    expect(again).toMatchObject({ status: 0, stdout: first.stdout });
    expect((await bob.mig(['results', id, '-show', 'all'])).stdout).toContain('Statistics:');
    expect((await bob.mig(['results', id, '-show', 'notfound'])).stdout).toBe('');
    expect(JSON.parse((await bob.mig(['results', id, '--json'])).stdout)).toMatchObject({
      action: { status: 'completed' },
      outcome: { complete: true, found: 1, succeeded: 1, limits: [] },
    });
    const file = join(platform.slot.services.home, `${platform.slot.name}-results.json`);
    writeFileSync(file, (await bob.mig(['results', id, '--json'])).stdout);
    const verified = (await bob.mig(['verify', file])).stdout;
    expect(verified).toContain('Valid signature by Bob Kelso');
    expect((await bob.mig(['status'])).stdout).toMatch(new RegExp(`^${id}  completed`, 'm'));
    expect(await bob.mig(['results', '1'])).toMatchObject({ status: 3, stdout: '' });
  });

  describe('on a terminal', () => {
    // `script` provides a terminal; its stdin is typed there.
    const typeInto = (line: string) => {
      const env = { ...process.env, TERM: 'xterm' };
      const child = spawn('script', ['-qec', `stty cols 40; ${line}`, '/dev/null'], { env });
      let shown = '';
      child.stdout.on('data', (chunk) => {
        shown += chunk;
      });
      const ended = exitStatus(child);
      return {
        ended,
        shown: () => shown,
        type: (text: string) => child.stdin.write(text),
      };
    };
    const mig = (options: string) =>
      `'${process.execPath}' '${join(ROOT, 'cli', 'mig.js')}' file -t "os='linux'" -path /etc -maxdepth 1 -name '^passwd$' -c '${bob.migrc}' ${options}`;

    test('seconds are counted before the launch, and Ctrl-C then launches nothing', async () => {
      const count = async () => (await platform.pool.query('SELECT count(*) AS n FROM actions')).rows[0].n;
      const before = await count();
      const terminal = typeInto(mig(''));
      await waitFor('the countdown', () => terminal.shown().includes('launching in'));
      terminal.type('\u0003');
      expect(await terminal.ended).toBe(130);
      expect(terminal.shown()).toContain('nothing was launched');
      expect(await count()).toBe(before);
    });

    test('the second signer sees the action and its signers, and is asked', async () => {
      const file = join(platform.slot.services.home, `${platform.slot.name}-weighty.json`);
      const action = JSON.parse((await bob.mig([...PASSWD, '-n', 'weighty', '-p'])).stdout);
      // As MIG's console sends large parameters.
      const [operation] = action.operations;
      operation.parameters = gzipSync(JSON.stringify(operation.parameters)).toString('base64');
      operation.is_compressed = true;
      writeFileSync(file, JSON.stringify(action));
      writeFileSync(file, (await cliOf(platform, 'john').mig(['sign', file])).stdout);
      const sign = `'${process.execPath}' '${join(ROOT, 'cli', 'mig.js')}' sign '${file}' -c '${bob.migrc}'`;
      // In the printed action: two signatures and the compressed parameters.
      const encoded = (shown: string) => shown.match(/"[A-Za-z0-9+/=]{100,}"/g)?.length ?? 0;
      for (const [typed, status, count] of [
        ['n\n', 130, 0],
        ['\u0003', 130, 0],
        ['y\n', 0, 3],
      ] as const) {
        const terminal = typeInto(sign);
        await waitFor('the question', () => terminal.shown().includes('sign this? [y/N]'));
        expect(terminal.shown()).toMatch(/operation {2}file \(compressed\)/);
        expect(terminal.shown()).toContain('"^passwd$"');
        expect(terminal.shown()).toContain(
          `Valid signature by John Smith (${platform.people.john.fingerprint})`,
        );
        terminal.type(typed);
        expect(await terminal.ended).toBe(status);
        expect(encoded(terminal.shown())).toBe(count);
      }
      const launch = typeInto(sign.replace("mig.js' sign", "mig.js' -i"));
      await waitFor('the question', () => launch.shown().includes('sign this? [y/N]'));
      launch.type('n\n');
      expect(await launch.ended).toBe(130);
      expect(launch.shown()).not.toMatch(/will be asked|launched/);
    });

    test('-y skips the countdown, and no live line is wider than the terminal', async () => {
      const terminal = typeInto(mig('-y'));
      expect(await terminal.ended).toBe(0);
      expect(terminal.shown()).not.toContain('launching in');
      const live = terminal
        .shown()
        .split('\r\u001b[K')
        .slice(1)
        .map((part) => part.split(/[\r\n]/)[0] ?? '');
      expect(live.length).toBeGreaterThan(0);
      expect(live.filter((line) => line.length >= 40)).toEqual([]);
    });
  });

  const SILENT = ['file', '-t', `name='silent'`, '-path', '/etc', '-name', 'x'];

  test('a closed terminal loses no answer, because the action continues and is found by its id', async () => {
    await using running = startMig([...SILENT, '-n', 'closed', '-c', bob.migrc]);
    await waitFor('following', () => running.stderr().includes('1 targeted'));
    running.kill('SIGHUP');
    expect(await running.ended).not.toBe(0);
    const id = idOf({ stderr: running.stderr() });
    expect((await bob.mig(['status'])).stdout).toMatch(new RegExp(`^${id}  inflight .*closed`, 'm'));
    expect(await bob.mig(['results', id])).toMatchObject({ status: 4 });
    expect((await bob.mig(['cancel', id])).status).toBe(0);
  });

  test('missing answers and a paused action are shown as such', async () => {
    await using running = startMig([...SILENT, '-c', bob.migrc]);
    await waitFor('following', () => running.stderr().includes('1 targeted'));
    const id = idOf({ stderr: running.stderr() });
    const soFar = await bob.mig(['results', id]);
    expect(soFar.status).toBe(4);
    expect(soFar.stderr).toMatch(new RegExp(`^action ${id} is inflight: answers may come until`, 'm'));
    expect((await bob.mig(['pause', id])).status).toBe(0);
    await waitFor('paused', () => running.stderr().includes('inflight, paused: 1 targeted'));
    expect((await bob.mig(['status', id])).stdout).toContain(`action ${id}: inflight (paused)`);
    expect((await bob.mig(['cancel', id])).status).toBe(0);
    expect(await running.ended).toBe(130);
  });

  test('mig reconnects to a restarted API and loses no answer', async () => {
    const first = await startApiProcess(platform, []);
    await using gate = await openTcpGate('127.0.0.1', Number(new URL(first.url).port));
    const there = createInvestigatorCli({
      home: join(platform.slot.services.home, platform.slot.name, 'gate'),
      apiUrl: `http://127.0.0.1:${gate.port}${BASE_ROUTE}`,
      key: platform.people.bob,
    });
    await using running = startMig([...SILENT, '-n', 'restart', '-c', there.migrc]);
    await waitFor('following', () => running.stderr().includes('1 targeted'));
    await first[Symbol.asyncDispose]();
    gate.breakAll();
    await waitFor('the loss is noticed', () => running.stderr().includes('trying again'));
    await using second = await startApiProcess(platform, []);
    gate.redirect(Number(new URL(second.url).port));
    await waitFor('the API is back', () => running.stderr().includes('the API answers again'));
    expect((await bob.mig(['cancel', idOf({ stderr: running.stderr() })])).status).toBe(0);
    expect(await running.ended).toBe(130);
    expect(running.stderr()).toContain('1 cancelled');
  });
});

function startMig(args: readonly string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'cli', 'mig.js'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = exitStatus(child);
  return {
    stderr: () => stderr,
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

async function runAll(lines: readonly string[]): Promise<ShellRun[]> {
  const runs: ShellRun[] = [];
  let next = 0;
  const work = async () => {
    while (next < lines.length) {
      const place = next++;
      runs[place] = await shell.run(defined(lines[place]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return runs;
}

function block(line: string, run: ShellRun | undefined): string {
  const printed = (run?.printed ?? '').trimEnd().split('\n');
  const shown = printed.length > SHOWN ? [...printed.slice(0, SHOWN), '(more lines)'] : printed;
  return [`$ ${line}`, ...shown, `exit ${run?.status}`, ''].join('\n');
}
