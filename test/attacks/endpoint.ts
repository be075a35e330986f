import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runAgent } from '../setup/agent-process.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

const NOBODY = 65_534;
const OWN_USER = "the agent's files and socket belong to its own user alone";
const VARIABLES = 'the agent and what it starts are deaf to the variables of its runtime';

/** The agent's program with something of the attacker's beside it, that would leave a mark if it were run. */
async function withMark(
  rig: Rig,
  {
    env,
    files,
    isInFolder,
  }: {
    env?: (folder: string) => Record<string, string>;
    files?: Record<string, string>;
    isInFolder?: boolean;
  },
): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-attack-'));
  const mark = join(folder, 'mark');
  try {
    const evil = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, 'x')`;
    for (const [name, body] of Object.entries({ 'evil.js': evil, ...files })) {
      writeFileSync(join(folder, name), body.replaceAll('FOLDER', folder));
    }
    const child = spawn(rig.victim.executable, ['-m', 'file'], {
      cwd: isInFolder ? folder : '/',
      env: { PATH: process.env.PATH ?? '', ...env?.(folder) },
    });
    child.stdin.on('error', () => {});
    child.stdin.end(
      '{"class":"parameters","parameters":{"searches":{"s1":{"paths":["/etc"],"names":["^passwd$"],"options":{"maxdepth":1}}}}}\n',
    );
    const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return stoppedIf(
      !existsSync(mark) && /foundanything/.test(out),
      brief(`no mark was left: ${out || error}`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function marked(name: string, options: Parameters<typeof withMark>[1]): Attack {
  return {
    name: `endpoint: ${name}`,
    holder: 'a local user of the endpoint',
    wall: VARIABLES,
    run: (rig) => withMark(rig, options),
  };
}

/** What another user of the machine gets. */
function asNobody(command: string, args: readonly string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(command, args, {
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
    cwd: '/',
  });
  return { status, said: `${stdout ?? ''}${stderr ?? ''}` };
}

function modes(folder: string): { path: string; mode: number }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const own = { path, mode: statSync(path).mode & 0o777 };
    return entry.isDirectory() ? [own, ...modes(path)] : [own];
  });
}

export const ENDPOINT_ATTACKS: readonly Attack[] = [
  marked('NODE_OPTIONS that loads a file', {
    env: (folder) => ({ NODE_OPTIONS: `--require ${folder}/evil.js` }),
  }),
  marked('BUN_INSPECT_PRELOAD that loads a file', {
    env: (folder) => ({ BUN_INSPECT_PRELOAD: `${folder}/evil.js` }),
  }),
  marked('a bunfig.toml in the working folder', {
    files: { 'bunfig.toml': 'preload = ["./evil.js"]\n' },
    isInFolder: true,
  }),
  marked('a .env file in the working folder', {
    files: { '.env': 'BUN_OPTIONS=--preload FOLDER/evil.js\nNODE_OPTIONS=--require FOLDER/evil.js\n' },
    isInFolder: true,
  }),
  marked('a package.json and node_modules in the working folder', {
    files: { 'package.json': '{"main":"evil.js","type":"commonjs"}', 'index.js': '' },
    isInFolder: true,
  }),
  {
    name: "endpoint: another user at the agent's socket",
    holder: 'a local user of the endpoint',
    wall: OWN_USER,
    async run({ victim }) {
      const socket = join(victim.runDir, 'mig-agent.sock');
      const mode = statSync(socket).mode & 0o777;
      const { said } = asNobody(process.execPath, [
        '-e',
        `require('net').connect(${JSON.stringify(socket)}).on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`,
      ]);
      return stoppedIf(
        mode === 0o600 && !said.includes('connected'),
        `mode ${mode.toString(8)}: ${brief(said)}`,
      );
    },
  },
  {
    name: "endpoint: another user reads the agent's state",
    holder: 'a local user of the endpoint',
    wall: OWN_USER,
    async run({ victim }) {
      const open = modes(victim.stateDir).filter(
        ({ path, mode }) =>
          (mode & 0o022) !== 0 || (/journal|answers|report|identity|uid/.test(path) && (mode & 0o077) !== 0),
      );
      return stoppedIf(
        open.length === 0,
        open.length === 0
          ? 'no file of the state is open to others'
          : brief(open.map(({ path, mode }) => `${path} ${mode.toString(8)}`).join()),
      );
    },
  },
  {
    name: "endpoint: another user reads the relay's password in the configuration",
    holder: 'a local user of the endpoint',
    wall: OWN_USER,
    async run({ victim }) {
      const mode = statSync(victim.config).mode & 0o777;
      return stoppedIf((mode & 0o077) === 0, `mode ${mode.toString(8)}`);
    },
  },
  {
    name: 'endpoint: a second agent on the same state',
    holder: 'a local user of the endpoint',
    wall: 'the lock of the state folder',
    async run({ victim }) {
      const { code, stderr } = await runAgent(victim.executable, ['-c', victim.config, '-f']);
      return stoppedIf(code !== 0 && /runs already/.test(stderr), brief(stderr));
    },
  },
  {
    name: 'endpoint: a module run by hand with a name that is a path',
    holder: 'a local user of the endpoint',
    wall: 'one list of modules, compiled in',
    async run({ victim }) {
      const { code, stdout, stderr } = await runAgent(victim.executable, ['-m', '../../../bin/sh'], {
        input: '{}',
      });
      return stoppedIf(!/uid=|root/.test(stdout), brief(`${code} ${stdout} ${stderr}`));
    },
  },
];
