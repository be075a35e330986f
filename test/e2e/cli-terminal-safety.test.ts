import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cliOf, openPlatform, type Platform } from '../setup/platform.ts';
import { openShell, type Shell } from '../setup/shell-lines.ts';

/** Control characters, invisible ones and those that reorder text. Line feeds end lines. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const ORDERS = [
  'a\u001b[2Jb',
  'x\nagent-9 /etc/shadow [forged]',
  '\u009b2J',
  '\u202egpj.exe',
  '\u2066x\u2069',
  '\u2028y',
  'c\r\u001b[Kd',
  '\u001b]52;c;cm0=\u0007',
  '\u007f\b\b',
  '\ud800',
];

let shell: Shell;
beforeAll(() => {
  shell = openShell();
});
afterAll(() => shell?.[Symbol.dispose]());

/** Returns the lines of a program's output. Throws when one contains a control character. */
function cleanLines(printed: string): string[] {
  const lines = printed.split('\n').filter((line) => line !== '');
  expect(lines.filter((line) => CONTROLS.test(line))).toEqual([]);
  return lines;
}

describe('names of files', () => {
  test('with any characters are printed in one line each', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-names-'));
    try {
      const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter(isFileName);
      const names = new Set([...ORDERS.filter(isFileName), ...fc.sample(name, { numRuns: 300, seed: 15 })]);
      for (const one of names) writeFileSync(join(folder, one), 'x');
      const { status, printed } = await shell.run(`mig file -t local -path '${folder}' -size 1`);
      const lines = cleanLines(printed);
      expect({ status, lines: lines.length }).toEqual({ status: 0, lines: names.size });
      expect(lines.filter((line) => !line.startsWith(`${folder}/`))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function isFileName(text: string): boolean {
  return !/[/\0]|^\.{1,2}$/.test(text) && text.isWellFormed() && Buffer.byteLength(text) <= 255;
}

describe('every command', () => {
  const COMMANDS = [
    'file',
    'upgrade',
    'agentdestroy',
    'sign',
    'verify',
    'results',
    'status',
    'cancel',
    'agents',
    'audit',
    'remove',
    '-i',
  ];

  test('has help on stdout and ends with 0', async () => {
    for (const command of [...COMMANDS, 'pause', 'resume', 'upgrade status', '']) {
      const { status, printed } = await shell.run(`mig ${command} -h 2>/dev/null`);
      expect({ command, status, printed }).toMatchObject({
        status: 0,
        printed: expect.stringMatching(/^(usage: mig|mig, |file: |upgrade: |agentdestroy: )/),
      });
    }
    const { printed } = await shell.run('mig upgrade status -h');
    expect(printed).toMatch(/^usage: mig upgrade status /);
  });

  test.each(['-V', '--version', 'version'])('mig %s prints the version', async (flag) => {
    expect(await shell.run(`mig ${flag}`)).toEqual({
      status: 0,
      printed: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('the reader of the output', () => {
  const MANY = `mig file -t local -path /usr/share -name . -matchlimit 20000`;

  test('may close it early, as head does, without a stack trace', async () => {
    const { status, printed } = await shell.run(
      `set -o pipefail; ${MANY} 2>errors | head -1; status=$?; cat errors; (exit $status)`,
    );
    expect(status).toBe(141);
    const lines = printed.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('limit: '))).toEqual([
      expect.stringMatching(/^\/usr\/share\//),
    ]);
    expect(await shell.run('mig help | head -1')).toEqual({
      status: 0,
      printed: expect.stringMatching(/^mig, .*\n$/),
    });
  });

  test('may be a disk that is full, which is said in a sentence', async () => {
    for (const line of ['mig help', MANY]) {
      const { status, printed } = await shell.run(`${line} 2>&1 >/dev/full`);
      expect({ line, status }).toEqual({ line, status: 1 });
      const [error = '', ...rest] = printed.split('\n').filter((one) => !one.startsWith('limit: '));
      expect(error).toMatch(/^\[error\] the output cannot be written: .*no space left/);
      expect(rest).toEqual(['']);
    }
  });

  const onTerminal = (line: string) => `script -qec "${line}" /dev/null </dev/null`;
  const FOUND = `mig file -t local -path /etc -maxdepth 1 -name ^passwd$`;

  test('may be a terminal with or without colours, or no terminal', async () => {
    const plain = await shell.run(FOUND, { TERM: 'xterm' });
    expect(plain.printed).toMatch(/^\/etc\/passwd \[/);
    for (const env of [{ TERM: 'dumb' }, { TERM: 'xterm', NO_COLOR: '1' }]) {
      const { printed } = await shell.run(onTerminal(FOUND), env);
      expect(printed.replaceAll('\r\n', '\n')).toBe(plain.printed);
    }
  });
});

describe('agents', () => {
  let platform: Platform;
  let bob: ReturnType<typeof cliOf>;
  const ACTION = 4242;

  beforeAll(async () => {
    platform = await openPlatform({ worker: false });
    bob = cliOf(platform, 'bob');
    await platform.pool.query(
      `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
       VALUES ($1, $2, 'true', '{}', '{}', '[{"module":"file","parameters":{}}]', now(), now(), 'completed', 2, '[]')`,
      [ACTION, `an action ${ORDERS.slice(0, -1).join('')}`],
    );
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  let count = 0;
  const answer = async (name: string, results: unknown) => {
    const { rows } = await platform.pool.query(
      `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
       VALUES ($1, $2, 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}')
       RETURNING id`,
      [name, `linux.hostile.${++count}`],
    );
    await platform.pool.query(
      `INSERT INTO commands (actionid, agentid, queueloc, status, results, starttime, finishtime)
       VALUES ($1, $2, $3, 'success', $4, now(), now())`,
      [ACTION, rows[0].id, `linux.hostile.${count}`, JSON.stringify(results)],
    );
  };
  const match = (file: string) => ({
    file,
    search: {},
    fileinfo: { size: 1, mode: file, lastmodified: file },
  });
  const result = (elements: unknown, errors: unknown = null) => ({
    foundanything: true,
    success: true,
    elements,
    statistics: null,
    errors,
  });

  test('cannot control the terminal, forge a line of another host, or hide one', async () => {
    const good = ORDERS.slice(0, -1);
    for (const order of good) await answer(`evil${order}`, [result({ [order]: [match(order)] }, [order])]);
    for (const elements of [
      5,
      'text',
      [],
      { s1: 7 },
      { s1: [{ file: 3 }] },
      { s1: [{ file: 'x' }] },
      null,
      {},
    ])
      await answer('odd', [result(elements)]);
    await answer('odd', [{ foundanything: true, success: true, elements: {}, errors: 'no list' }]);
    await answer('odd', [{ foundanything: 'true' }]);
    await answer('honest', [result({ s1: [match('/etc/passwd')] })]);

    for (const show of ['found', 'all', 'notfound']) {
      const run = await bob.mig(['results', String(ACTION), '-show', show]);
      const lines = cleanLines(run.stdout);
      cleanLines(run.stderr);
      expect(run.status).toBe(4);
      expect(lines.filter((line) => !/^(evil|odd|honest|answer of unknown shape: \{)/.test(line))).toEqual(
        [],
      );
      if (show === 'notfound') continue;
      expect(lines.some((line) => line.startsWith('honest /etc/passwd ['))).toBe(true);
      // Each of the ten unusual ones is present, as JSON.
      expect(lines.filter((line) => /^(odd (?!command)|answer of unknown shape)/.test(line))).toHaveLength(
        10,
      );
      for (const order of good) {
        const shown = lines.filter((line) => line.startsWith('evil') && line.includes(escaped(order)));
        expect({ order, isShown: shown.length > 0 }).toEqual({ order, isShown: true });
      }
    }
  });

  test('the JSON contains every answer unchanged', async () => {
    const { stdout, stderr } = await bob.mig(['results', String(ACTION), '--json']);
    cleanLines(stdout);
    cleanLines(stderr);
    const { commands, outcome } = JSON.parse(stdout);
    expect(commands).toHaveLength(count);
    expect(outcome.complete).toBe(false);
    cleanLines((await bob.mig(['status', String(ACTION)])).stdout);
    cleanLines((await bob.mig(['status'])).stdout);
    cleanLines((await bob.mig(['cancel', `${ACTION}`])).stderr);
  });
});

function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
