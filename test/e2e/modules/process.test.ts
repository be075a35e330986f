import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runModule } from '../../setup/module-process.ts';

const agent = inject('agentExecutable');
const NOBODY = 65_534;
const folder = mkdtempSync(join(tmpdir(), 'mig-process-'));
const executable = join(folder, 'mig-subject');

interface Match {
  pid: number;
  name: string;
  path: string;
  user: string;
  started: string;
  checks: string[];
}

/** It has a socket and a file open, and a secret on its command line. */
const SUBJECT = `
  require('node:fs').openSync(process.argv[1], 'a');
  const server = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
let subject: ChildProcess;
let port: number;
const pid = () => subject.pid as number;

beforeAll(async () => {
  copyFileSync(process.execPath, executable);
  const args = ['-e', SUBJECT, join(folder, 'opened'), 'password=hunter2'];
  subject = spawn(executable, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!subject.stdout) throw new Error('no output');
  const [line] = await once(subject.stdout, 'data');
  port = Number(String(line));
});
afterAll(() => {
  subject.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function search(
  fields: Record<string, unknown>,
  options: Partial<Parameters<typeof runModule>[2]> = {},
) {
  const parameters = { searches: { s1: { options: { matchall: true }, ...fields } } };
  const result = await runModule('process', parameters, { agent, ...options });
  return { result, matches: ((result.elements ?? {}) as Record<string, Match[]>).s1 ?? [] };
}

const pidsOf = async (fields: Record<string, unknown>) =>
  (await search(fields)).matches.map((one) => one.pid);

test('processes are those of ps: name, user, and start within a second', async () => {
  const before = listByPs();
  const { matches } = await search({ names: ['.'] });
  const after = listByPs();
  // The kernel renames its workers all the time.
  const stable = [...before].filter(
    ([one, { text }]) => after.get(one)?.text === text && !text.includes(' kworker/'),
  );
  expect(stable.length).toBeGreaterThan(5);
  for (const [one, { text, startedMs }] of stable) {
    const match = matches.find((found) => found.pid === one);
    expect(match && `${match.user} ${match.name.trimEnd()}`).toBe(text);
    expect(Math.abs(Date.parse(match?.started ?? '') - startedMs)).toBeLessThanOrEqual(1000);
  }
});

test('a process passes all checks of its own facts', async () => {
  const sha256 = createHash('sha256').update(readFileSync(executable)).digest('hex');
  const fields = {
    names: ['^mig-subject$'],
    paths: [`^${executable}$`],
    users: [String(process.geteuid?.())],
    started: ['<1h'],
    parents: [String(process.pid)],
    commands: ['hunter2'],
    files: ['/opened$'],
    sockets: [`local 127.0.0.1:${port}`],
    sha256: [sha256],
    deleted: false,
  };
  const { matches, result } = await search(fields);
  expect(matches.map((one) => one.pid)).toEqual([pid()]);
  expect(matches[0]?.checks).toHaveLength(10);
  expect(result).toMatchObject({ foundanything: true, success: true });
});

test.each([
  ['paths', '^/nowhere'],
  ['users', 'daemon'],
  ['started', '>1h'],
  ['parents', '^no-such-parent$'],
  ['commands', 'no such word'],
  ['files', '/not-opened$'],
  ['sockets', 'remote 192.0.2.1:1'],
  ['sha256', 'ab'.repeat(32)],
])('a process fails a check of %s with %s', async (filter, value) => {
  expect(await pidsOf({ names: ['^mig-subject$'], [filter]: [value] })).toEqual([]);
});

test('the command line and the environment are never returned', async () => {
  const { result } = await search({ names: ['^mig-subject$'] });
  expect(JSON.stringify(result)).not.toContain('hunter2');
});

test('in matchany each process has the checks that it passed', async () => {
  const { matches } = await search({
    names: ['^mig-subject$', '^no-such-name$'],
    options: { matchall: false },
  });
  expect(matches.map(({ pid: one, checks }) => [one, checks])).toEqual([[pid(), ["name='^mig-subject$'"]]]);
});

test('a connection is found by its remote end', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: remote } = server.address() as { port: number };
  const script = `require('node:net').connect(${remote}, '127.0.0.1')`;
  const client = spawn(executable, ['-e', script]);
  const [socket] = await once(server, 'connection');
  expect(await pidsOf({ names: ['^mig-subject$'], sockets: [`remote 127.0.0.0/8:${remote}`] })).toEqual([
    client.pid,
  ]);
  client.kill('SIGKILL');
  socket.destroy();
  server.close();
});

test('a process whose executable was deleted is found, and its hash is known', async () => {
  const deleted = join(folder, 'mig-deleted');
  copyFileSync('/bin/sleep', deleted);
  const sha256 = createHash('sha256').update(readFileSync(deleted)).digest('hex');
  const child = spawn(deleted, ['600']);
  await once(child, 'spawn');
  unlinkSync(deleted);
  expect(await pidsOf({ paths: ['/mig-deleted$'], deleted: true, sha256: [sha256.toUpperCase()] })).toEqual([
    child.pid,
  ]);
  expect(await pidsOf({ paths: ['/mig-deleted$'], deleted: false })).toEqual([]);
  child.kill('SIGKILL');
});

test('facts that the system denies are an error with the number of processes', async () => {
  const { result } = await search({ paths: ['mig-subject'] }, { uid: NOBODY });
  expect(result.errors?.[0]).toMatch(/^permission denied: executable of \d+ of \d+ processes/);
});

test('a limit of matches is reported, and a small result says what is missing', async () => {
  const options = { matchall: true, matchlimit: 2 };
  const { matches, result } = await search({ names: ['.'], options });
  expect(matches).toHaveLength(2);
  expect(result.limits).toEqual([expect.stringContaining('limit of 2 matches')]);
  const small = await search({ names: ['.'] }, { terms: { timeoutms: 60_000, maxbytes: 2000 } });
  expect(Buffer.byteLength(JSON.stringify(small.result))).toBeLessThan(2000);
  expect(small.result.limits).toEqual([expect.stringContaining('were not returned')]);
});

/** User and name by pid, as ps prints them, of processes without signs that it would escape. */
function listByPs(): Map<number, { text: string; startedMs: number }> {
  const output = execFileSync('ps', ['-eo', 'pid=,lstart=,euser:40=,comm:40='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  const lines = output.matchAll(/^ *(\d+) (\w{3} \w{3} +\d+ [\d:]+ \d{4}) (\S+) +(.*?) *$/gm);
  return new Map(
    [...lines].map(([, one, started = '', user = '', name = '']) => [
      Number(one),
      { text: `${user} ${name.replace(/ <defunct>$/, '')}`, startedMs: Date.parse(`${started} UTC`) },
    ]),
  );
}
