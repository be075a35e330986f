import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { encryptKey, readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { writeMigrc } from '../../dev/stack/investigator.ts';
import { type ConsoleRig, openConsoleRig, PROMPT } from '../setup/console.ts';
import type { ConsoleRecords } from '../setup/console-script.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { CTRL_C, CTRL_D, typeOnTerminal } from '../setup/mig-terminal.ts';

const MORE = '-- space: more, enter: one line, q: enough --';
const MANY = 10_000;
const MANY_ACTION = 4_343;
const HOSTILE_ACTION = 4_444;
/** What would control a terminal, or reorder its text, if it got there as it is. */
const HOSTILE = [
  '\u001b[2J',
  '\u001b]52;c;cm0=\u0007',
  '\u009b2J',
  '\u202egpj',
  '\r\u001b[Kforged',
  '\u2028',
];

let rig: ConsoleRig;
let records: ConsoleRecords;

beforeAll(async () => {
  rig = await openConsoleRig();
  records = await rig.newRecords();
  await storeAnswers({ id: MANY_ACTION, text: 'host-', agents: MANY, matches: 20 });
  await storeAnswers({ id: HOSTILE_ACTION, text: `evil ${HOSTILE.join(' ')}`, agents: 100, matches: 1 });
});
afterAll(() => rig?.[Symbol.asyncDispose]());

interface Stored {
  id: number;
  /** In the name and the target of the action, in the names of its agents, and in what they found. */
  text: string;
  agents: number;
  matches: number;
}

/** Stores an action with the answers of as many agents, and as many matches in each. */
async function storeAnswers({ id, text: word, agents, matches }: Stored): Promise<void> {
  const { pool } = rig.platform;
  await pool.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES ($1, $2, $3, '{}', '{}', '[{"module":"file","parameters":{}}]', now(), now(), 'completed', 2, '[]')`,
    [id, `action ${word}`, `name='${word}'`],
  );
  const fileinfo = { size: 1, mode: '-rw-r--r--', lastmodified: '2026-11-30 22:21:31.281431448 +0000 UTC' };
  const match = { file: `/etc/${word}`, search: {}, fileinfo };
  const result = {
    foundanything: true,
    success: true,
    elements: { s1: Array.from({ length: matches }, () => match) },
    statistics: null,
    errors: matches > 1 ? null : [word],
  };
  await pool.query(
    `WITH added AS (
       INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       SELECT $1 || n, 'linux.' || $2 || '.' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}'
       FROM generate_series(1, $3::int) AS n
       RETURNING id, queueloc
     )
     INSERT INTO commands (actionid, agentid, queueloc, status, results, starttime, finishtime)
     SELECT $2::bigint, id, queueloc, 'success', $4, now(), now() FROM added`,
    [word, String(id), agents, JSON.stringify([result])],
  );
}

type Typed = readonly [question: string, typed: string];

const console = (answers: readonly Typed[], { rows = 0, migrc = rig.migrc } = {}) =>
  typeOnTerminal({
    args: ['console', '-q', '-c', migrc],
    answers,
    rows,
    env: { HOME: rig.home, TERM: 'xterm', NO_COLOR: '', LC_ALL: 'C.UTF-8' },
  });

const historyFile = () => join(rig.home, '.mig_history');
const LEAVE: Typed = [PROMPT, 'exit\n'];

describe('the line that is typed', () => {
  test('is completed by tab: orders, ids that were seen, filters', async () => {
    const { status, shown } = await console([
      [PROMPT, 'sear'],
      ['sear', '\t'],
      ['ch ', 'agent where na'],
      ['na', '\t'],
      ['me=', 'sim-0\n'],
      [PROMPT, 'agent '],
      ['agent ', '\t'],
      [String(records.agent), '\n'],
      [PROMPT, CTRL_D],
      LEAVE,
    ]);
    expect(shown).toContain(`agent ${records.agent}: online`);
    expect(status).toBe(0);
  });

  test('is found again by the next console, in a file of its owner alone, and no answer is', async () => {
    rmSync(historyFile(), { force: true });
    const first = await console([
      [PROMPT, 'create loader\n'],
      ['name of the loader: ', 'kept-nowhere\n'],
      ['or nothing: ', '\n'],
      [PROMPT, 'search help\n'],
      LEAVE,
    ]);
    expect(first.shown).toContain('this is the key of loader');
    expect(readFileSync(historyFile(), 'utf8')).toBe('create loader\nsearch help\nexit\n');
    expect(statSync(historyFile()).mode & 0o777).toBe(0o600);
    const up = '\u001b[A';
    const second = await console([
      [PROMPT, up],
      ['exit', up],
      ['search help', '\n'],
      ['limit=<n>', ''],
      [PROMPT, 'history 1\n'],
      LEAVE,
    ]);
    expect(second.shown).toContain('history 1\nhistory 1\n');
    expect(readFileSync(historyFile(), 'utf8')).not.toContain('kept-nowhere');
  });

  test('is emptied by Ctrl-C; several lines of one paste are orders one after the other', async () => {
    const { status, shown } = await console([
      [PROMPT, 'query nowhere'],
      ['nowhere', CTRL_C],
      [PROMPT, 'showcfg\nhelp showcfg\nexit\n'],
    ]);
    expect(shown).toContain('keyid = ');
    expect(shown).toContain('showcfg: print the configuration');
    expect(shown).not.toContain('[error]');
    expect(status).toBe(0);
  });
});

describe('a long output', () => {
  test('stops at each screen; space and enter go on, q ends it and asks for no more', async () => {
    const { status, shown } = await console(
      [
        [PROMPT, `action ${MANY_ACTION}\n`],
        [PROMPT, 'list | grep host-\n'],
        [MORE, ' '],
        [MORE, '\n'],
        [MORE, 'q'],
        [PROMPT, 'exit\n'],
        LEAVE,
      ],
      { rows: 20 },
    );
    const listed = shown.split('\n').filter((line) => / host-\d+$/.test(line));
    // A title and 18 rows, then 19 rows, then one.
    expect(listed).toHaveLength(18 + 19 + 1);
    expect(shown).not.toContain('commands\n');
    expect(status).toBe(0);
  });

  test('of ten thousand answers takes no more memory than a page of them', async () => {
    const lines = [`action ${MANY_ACTION}`, 'results found'];
    const program = `exec '${process.execPath}' --max-old-space-size=64 '${join(ROOT, 'cli', 'mig.js')}' console -c '${rig.migrc}'`;
    const child = spawn('bash', ['-c', `printf '%s\n' "$@" | { ${program}; }`, 'bash', ...lines], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, HOME: rig.home, LC_ALL: 'C.UTF-8' },
    });
    let rows = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (const byte of chunk) if (byte === 10) rows++;
    });
    expect(await exitStatus(child)).toBe(0);
    // What names the action, and twenty matches of each.
    expect(rows).toBeGreaterThanOrEqual(20 * MANY);
  });
});

describe('Ctrl-C', () => {
  test('stops the order that runs, and not the console', async () => {
    const { status, shown } = await console([
      [PROMPT, `action ${MANY_ACTION}\n`],
      [PROMPT, 'results found\n'],
      ['host-', CTRL_C],
      ['stopped', ''],
      [PROMPT, 'times\n'],
      ['valid until', ''],
      [PROMPT, 'exit\n'],
      LEAVE,
    ]);
    expect(shown).not.toContain(`${MANY} agents`);
    expect(status).toBe(0);
  });

  test('ends the following of an action, which runs on', async () => {
    const { status, shown } = await console([
      [PROMPT, 'create action\n'],
      [PROMPT, 'setname followed\n'],
      [PROMPT, `settarget name='sim-0'\n`],
      [PROMPT, 'addoperation file -path /etc -name ^passwd$\n'],
      // Nobody answers before it begins.
      [PROMPT, 'settimes 2030-01-01T00:00:00Z +1h\n'],
      [PROMPT, 'launch\n'],
      ['pending: ', CTRL_C],
      ['keeps running', ''],
      [PROMPT, 'counters\n'],
      ['0 sent', ''],
      [PROMPT, 'exit\n'],
      LEAVE,
    ]);
    expect(status).toBe(0);
    const [, id] = /action (\d+) keeps running/.exec(shown) ?? [];
    const { rows } = await rig.platform.pool.query('SELECT status FROM actions WHERE id = $1', [id]);
    expect(rows).toEqual([{ status: 'pending' }]);
  });
});

test('nothing hostile reaches the terminal as it is', async () => {
  const { status, raw, shown } = await console([
    [PROMPT, `action ${HOSTILE_ACTION}\n`],
    [PROMPT, 'details\n'],
    [PROMPT, 'json\n'],
    [PROMPT, 'list | grep evil\n'],
    [PROMPT, 'results found | grep ^evil\n'],
    [PROMPT, 'copy\n'],
    [PROMPT, 'details\n'],
    [PROMPT, 'exit\n'],
    [PROMPT, 'exit\n'],
    [PROMPT, 'status\n'],
    [PROMPT, 'search agent where name=evil*\n'],
    [PROMPT, 'search action where name=*evil*\n'],
    [PROMPT, 'query search?type=agent&agentname=evil%25&limit=3\n'],
    LEAVE,
  ]);
  expect(status).toBe(0);
  expect(shown.split('\n').filter((line) => line.includes('evil')).length).toBeGreaterThan(300);
  for (const one of HOSTILE) expect(raw.includes(one), JSON.stringify(one)).toBe(false);
  // Beside colours and cursor movements of the console itself.
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});

test('the passphrase of a key is asked once, and never shown', async () => {
  const passphrase = 'correct horse';
  const key = await readPrivateKey({
    armoredKey: readFileSync(rig.platform.people.bob.privateKeyFile, 'utf8'),
  });
  const locked = join(rig.home, 'locked.asc');
  writeFileSync(locked, (await encryptKey({ privateKey: key, passphrase })).armor(), { mode: 0o600 });
  const migrc = join(rig.home, 'locked.migrc');
  const { fingerprint } = rig.platform.people.bob;
  writeMigrc(migrc, { apiUrl: rig.platform.apiUrl, key: { fingerprint, privateKeyFile: locked } });
  const { status, shown } = await console(
    [
      [`passphrase of ${locked}: `, `${passphrase}\n`],
      [PROMPT, 'create action\n'],
      [PROMPT, 'setname signed\n'],
      [PROMPT, `settarget name='sim-0'\n`],
      [PROMPT, 'addoperation timedrift -drift 5s\n'],
      [PROMPT, 'settimes now +5m\n'],
      [PROMPT, 'sign\n'],
      ['1 signed', ''],
      [PROMPT, 'exit\n'],
      LEAVE,
    ],
    { migrc },
  );
  expect(status).toBe(0);
  expect(shown.split('passphrase of')).toHaveLength(2);
  expect(shown).not.toContain(passphrase);
  expect(readFileSync(historyFile(), 'utf8')).not.toContain(passphrase);
});

test('without a terminal for its questions a locked key is refused with what to set', async () => {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'cli', 'mig.js'), 'console', '-c', join(rig.home, 'locked.migrc')],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: rig.home },
    },
  );
  const [stderr, status] = await Promise.all([text(child.stderr), exitStatus(child)]);
  expect(stderr).toContain('set MIGPGPPASSPHRASE');
  expect(status).toBe(1);
});
