import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_MODES } from '../../cli/console/modes/all-modes.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { writeMigrc } from '../../dev/stack/investigator.ts';
import { type ConsoleRig, firstMissing, lineOf, openConsoleRig, PROMPT } from '../setup/console.ts';
import type { ConsoleScript } from '../setup/console-script.ts';
import { consoleScripts } from '../setup/console-scripts.ts';
import { exitStatus } from '../setup/exit-status.ts';
import { typeOnTerminal } from '../setup/mig-terminal.ts';

const MODES = ALL_MODES.map(({ name }) => name);

let rig: ConsoleRig;
let scripts: readonly ConsoleScript[];
let typedScripts: readonly ConsoleScript[];

beforeAll(async () => {
  rig = await openConsoleRig();
  scripts = consoleScripts(rig.platform, await rig.newRecords());
  typedScripts = consoleScripts(rig.platform, await rig.newRecords());
});
afterAll(() => rig?.[Symbol.asyncDispose]());

/** Runs a console for the lines of a pipe. `printed` is what both outputs got, in their order. */
async function pipe(lines: readonly string[], args: readonly string[] = []) {
  const program = `exec '${process.execPath}' '${join(ROOT, 'cli', 'mig.js')}' console "$@"`;
  const child = spawn('bash', ['-c', `${program} 2>&1`, 'bash', '-c', rig.migrc, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, HOME: rig.home, LC_ALL: 'C.UTF-8' },
  });
  child.stdin.on('error', () => {}); // it may end by itself
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [printed, status] = await Promise.all([text(child.stdout), exitStatus(child)]);
  return { printed, status };
}

const scriptOf = (mode: string, of: readonly ConsoleScript[]) => {
  const script = of.find((one) => one.mode === mode);
  if (script === undefined) throw new Error(`no script types the orders of the mode ${mode}`);
  return script;
};

describe('every order', () => {
  test.each(ALL_MODES.map(({ name, orders }) => ({ name, orders })))(
    'of the mode $name is typed here',
    ({ name, orders }) => {
      const typed = scriptOf(name, scripts).typed.filter((one) => typeof one === 'string');
      const first = new Set(typed.map((line) => line.split(' ')[0]));
      expect(
        orders.map((order) => order.name).filter((order) => !first.has(order) && order !== 'exit'),
      ).toEqual([]);
    },
  );

  test.each(MODES)('of the mode %s works in a pipe', async (mode) => {
    const script = scriptOf(mode, scripts);
    const { printed } = await pipe(script.typed.map(lineOf));
    expect(firstMissing(printed, script), printed).toBeUndefined();
    expect(printed).not.toContain('\u001b');
  });

  test.each(MODES)('of the mode %s works on a terminal', async (mode) => {
    const script = scriptOf(mode, typedScripts);
    const depth = mode === 'main' ? 1 : 2;
    const leave = Array.from({ length: depth }, () => [PROMPT, 'exit\n'] as const);
    const typed = script.typed.map((one) =>
      typeof one === 'string' ? ([PROMPT, `${one}\n`] as const) : ([one[0], `${one[1]}\n`] as const),
    );
    const { status, shown } = await typeOnTerminal({
      args: ['console', '-c', rig.migrc],
      answers: [...typed, ...leave],
      env: { HOME: rig.home, TERM: 'xterm', NO_COLOR: '' },
    });
    expect(firstMissing(shown, script), shown).toBeUndefined();
    expect(status).toBe(0);
  });
});

describe('a pipe', () => {
  test('has no prompt and no greeting; its exit code is 0 when every order did what it should', async () => {
    const { printed, status } = await pipe(['showcfg', '', '  ', 'history 1']);
    expect(printed).toMatch(/^\[api\]\n[\s\S]*\nhistory 1\n$/);
    expect(status).toBe(0);
  });

  test('goes on after an order that failed, whose exit code it keeps', async () => {
    const { printed, status } = await pipe(['nonsense', 'showcfg']);
    expect(printed).toContain('[api]');
    expect(status).toBe(2);
    expect((await pipe(['action 12345', 'showcfg'])).status).toBe(3);
  });

  test('may end anywhere, also at a question, which nobody has answered yes to then', async () => {
    const { id } = await newLoader();
    const { printed } = await pipe([`loader ${id}`, 'enable', 'disable']);
    expect(printed).toContain(`disable loader ${id}`);
    expect(await isEnabled(id)).toBe(true);
    await pipe([`loader ${id}`, 'disable', 'y']);
    expect(await isEnabled(id)).toBe(false);
  });

  test('reports an API that cannot be reached, and a configuration that is missing', async () => {
    const elsewhere = join(rig.home, 'elsewhere.migrc');
    writeMigrc(elsewhere, { apiUrl: 'http://127.0.0.1:1/api/v1', key: rig.platform.people.bob });
    const unreachable = await pipe(['status', 'showcfg'], ['-c', elsewhere]);
    expect(unreachable.printed).toMatch(/cannot be reached: [\s\S]*url = http:\/\/127.0.0.1:1\//);
    expect(unreachable.status).toBe(1);
    const missing = await pipe(['status'], ['-c', join(rig.home, 'none')]);
    expect(missing.printed).toContain('does not exist');
    expect(missing.status).toBe(1);
  });

  test('-v prints requests, and an archive that was fetched is its owner’s alone', async () => {
    const { manifest, archive } = await rig.newRecords();
    const { printed, status } = await pipe([`manifest ${manifest}`, `fetch ${archive}`], ['-v']);
    expect(status).toBe(0);
    expect(printed).toMatch(/^GET manifest\?manifestid=\d+ 200 \d+ ms$/m);
    expect(statSync(archive).mode & 0o777).toBe(0o600);
  });
});

async function newLoader(): Promise<{ id: number }> {
  return { id: (await rig.newRecords()).loader };
}

async function isEnabled(id: number): Promise<boolean> {
  const { rows } = await rig.platform.pool.query('SELECT enabled FROM loaders WHERE id = $1', [id]);
  return rows[0].enabled;
}
