import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { signedAction } from '../../dev/api-caller.ts';
import { commandJson } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { hostileAgent, openAgent, runAgent } from '../setup/agent-process.ts';
import { readProc } from '../setup/marked-processes.ts';
import { type Attack, brief, stoppedIf, type Verdict } from './attack.ts';
import type { Rig } from './rig.ts';

const NOBODY = 65_534;
const OWN_USER = "the agent's files and socket belong to its own user alone";
const VARIABLES = 'the agent and its child processes ignore the variables of its runtime';

/** The agent's program beside a file of the attacker's, which would leave a mark if it were run. */
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

/** Runs a command as another user of the machine. */
function asNobody(command: string, args: readonly string[]): { status: number | null; output: string } {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    uid: NOBODY,
    gid: NOBODY,
    encoding: 'utf8',
    cwd: '/',
  });
  return { status, output: error ? error.message : `${stdout}${stderr}` };
}

function modes(folder: string): { path: string; mode: number }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const own = { path, mode: statSync(path).mode & 0o777 };
    return entry.isDirectory() ? [own, ...modes(path)] : [own];
  });
}

/** Folders that a local user prepares for an agent of root. The agent must not start on them. */
function unsafe(
  name: string,
  refusal: RegExp,
  prepare: (base: string) => { stateDir?: string; runDir?: string },
): Attack {
  return {
    name: `endpoint: ${name}`,
    holder: 'a local user of the endpoint',
    wall: 'as root the agent does not start from folders that others can write',
    async run({ victim }) {
      const base = mkdtempSync(join(dirname(victim.config), 'unsafe-'));
      const { stateDir = join(base, 'state'), runDir = join(base, 'run') } = prepare(base);
      const config = join(base, 'mig-agent.cfg');
      const text = readFileSync(victim.config, 'utf8')
        .replace(/statedir = .*/, `statedir = "${stateDir}"`)
        .replace(/rundir = .*/, `rundir = "${runDir}"`);
      writeFileSync(config, text, { mode: 0o600 });
      try {
        const { status, stdout, stderr } = spawnSync(victim.executable, ['-c', config, '-f'], {
          encoding: 'utf8',
          timeout: 20_000,
        });
        const output = `${stdout}${stderr}`;
        return stoppedIf(
          status !== 0 && status !== null && refusal.test(output),
          brief(`${status} ${output}`),
        );
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    },
  };
}

/** Variables for the child processes of the agent. The starter of the agent controls the agent itself anyway. */
const HOSTILE_VARIABLES = {
  NODE_OPTIONS: '--require /nonexistent/evil.js',
  NODE_PATH: '/nonexistent',
  BUN_INSPECT_PRELOAD: '/nonexistent/evil.js',
  BUN_CONFIG_PRELOAD: '/nonexistent/evil.js',
  LD_PRELOAD: '/nonexistent/evil.so',
  LD_LIBRARY_PATH: '/nonexistent',
  LD_AUDIT_ATTACK: 'x',
  BASH_ENV: '/nonexistent/evil.sh',
};

/** Returns the environments of a process's descendants. */
function environmentsBelow(pid: number): string[] {
  const children = readProc(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return children
    .flatMap((child) => [readProc(`/proc/${child}/environ`), ...environmentsBelow(child)])
    .filter((environment) => environment !== '');
}

function namesOf(environment: string): string[] {
  return environment
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.replace(/=.*$/s, ''));
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
      const { output } = asNobody(process.execPath, [
        '-e',
        `require('net').connect(${JSON.stringify(socket)}).on('error', (e) => console.log(e.code)).on('connect', () => console.log('connected'))`,
      ]);
      return stoppedIf(
        mode === 0o600 && !output.includes('connected'),
        `mode ${mode.toString(8)}: ${brief(output)}`,
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
  unsafe('a state folder that others can write', /can be written by others/, (base) => {
    const stateDir = join(base, 'state');
    mkdirSync(stateDir);
    chmodSync(stateDir, 0o777);
    return { stateDir };
  }),
  unsafe("a state folder that is a local user's", /belongs to user 65534/, (base) => {
    const stateDir = join(base, 'state');
    mkdirSync(stateDir);
    chownSync(stateDir, NOBODY, NOBODY);
    return { stateDir };
  }),
  unsafe("a state folder behind a local user's link", /belongs to user 65534/, (base) => {
    const own = join(base, 'own');
    const stateDir = join(base, 'state');
    mkdirSync(own, { mode: 0o700 });
    symlinkSync(own, stateDir);
    lchownSync(stateDir, NOBODY, NOBODY);
    return { stateDir };
  }),
  unsafe("a state folder below a local user's", /belongs to user 65534/, (base) => {
    const above = join(base, 'above');
    mkdirSync(join(above, 'state'), { recursive: true });
    chownSync(above, NOBODY, NOBODY);
    return { stateDir: join(above, 'state') };
  }),
  unsafe('a folder for its socket that others can write', /can be written by others/, (base) => {
    const runDir = join(base, 'run');
    mkdirSync(runDir);
    chmodSync(runDir, 0o777);
    return { runDir };
  }),
  unsafe('a configuration in a folder that others can write', /can be written by others/, (base) => {
    chmodSync(base, 0o777);
    return {};
  }),
  {
    name: 'endpoint: variables of the loader and the runtime for child processes',
    holder: 'a local user of the endpoint',
    wall: 'child processes get a fixed list of variables',
    async run(rig) {
      const agent = rig.use(
        await openAgent(rig.slot, 'variables', { executable: hostileAgent(), env: HOSTILE_VARIABLES }),
      );
      const id = await rig.plant();
      const operations = [{ module: 'hostile', parameters: { behaviour: 'sleep', ms: 4_000 } }];
      const action = await signedAction([rig.bob.key], { name: `variables ${Date.now()}`, operations });
      await rig.asRelay.sendCommand(agent.queueloc, commandJson(id, action, agent.queueloc));
      const own = readProc(`/proc/${agent.pid()}/environ`);
      const environments = await waitFor('its module', () => {
        const found = environmentsBelow(agent.pid());
        // Before it executes its program, a new process still has the agent's environment.
        return found.length > 0 && !found.includes(own) && found;
      });
      const names = new Set(environments.flatMap(namesOf));
      const inherited = Object.keys(HOSTILE_VARIABLES).filter((name) => names.has(name));
      return stoppedIf(
        inherited.length === 0 && namesOf(own).includes('NODE_OPTIONS'),
        brief(`${environments.length} processes have ${[...names].join(' ')}`),
      );
    },
  },
  {
    name: 'endpoint: a second agent with the same state folder',
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
