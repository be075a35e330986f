import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
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
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { sha256Hex } from '../../contract/digest.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { freePort } from '../../dev/ports.ts';
import { findTemporalCli } from '../../dev/stack/programs/programs.ts';
import { dataFolder } from '../../dev/stack/services/postgres.ts';
import { runningDaemons } from '../../dev/stack/services/processes.ts';
import { stopAll } from '../../dev/stack/services/stop-all.ts';
import { DEMO_FOLDER } from '../../dev/stack/stack.ts';
import type { StackFile } from '../../dev/stack/stack-file.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { defined } from '../setup/defined.ts';
import { exitStatus } from '../setup/exit-status.ts';

// The experience of a new user, who has just cloned the repository and types the commands of README.md one by one.
const FIRST_ANSWER_MS = 120_000;
/** All commands of README.md with their demos take minutes on a busy machine. */
const WHOLE_README_MS = 900_000;

const folder = mkdtempSync(join(tmpdir(), 'mig-first-'));
const home = join(folder, 'home');
const clone = join(folder, 'mig');
const stackHome = join(clone, '.mig');

beforeAll(() => {
  mkdirSync(home);
  freshClone();
});
afterAll(async () => {
  for (const one of [stackHome, join(stackHome, DEMO_FOLDER)]) {
    await stopAll(one);
    rmSync(dataFolder(one), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Makes a clone of the repository, with its uncommitted changes. */
function freshClone(): void {
  const git = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  git('clone', '--quiet', ROOT, clone);
  for (const file of git('ls-files', '-z', '-m', '-d', '-o', '--exclude-standard')
    .split('\0')
    .filter(Boolean)) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    if (existsSync(join(ROOT, file))) copyFileSync(join(ROOT, file), join(clone, file));
    else rmSync(join(clone, file), { force: true });
  }
}

/** An environment with nothing of ours except the programs. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  const programs = [dirname(process.execPath), dirname(defined(findTemporalCli())), process.env.PATH ?? ''];
  return { HOME: home, PATH: programs.join(delimiter), TERM: 'dumb', LANG: 'C.UTF-8', ...more };
}

interface Typed {
  status: number | null;
  stdout: string;
  stderr: string;
}

async function type(
  line: string,
  { cwd = clone, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
) {
  const child = spawn('bash', ['-c', line], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitStatus(child),
  ]);
  return { status, stdout, stderr } satisfies Typed;
}

/** The commands of README.md, in order. */
const README = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(
  ([, block = '']) => block.trim().split('\n'),
);
const stack = (): StackFile => JSON.parse(readFileSync(join(stackHome, 'stack.json'), 'utf8'));
const daemons = () =>
  runningDaemons(stackHome)
    .map(({ name, pid }) => `${name} ${pid}`)
    .sort();
const good = (run: Typed) => ({ ...run, status: 0 });

async function onlineAgents(): Promise<string[]> {
  const client = new pg.Client({ connectionString: stack().postgres.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT name FROM agents WHERE status IN ('online', 'idle') ORDER BY name`,
    );
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

describe('typing the commands of the README, in a fresh clone and an empty home folder', {
  timeout: WHOLE_README_MS,
}, () => {
  test('leads to an answer, and to one to a question of one’s own, in under two minutes', async () => {
    expect(README[0]).toBe('npm ci');
    const until = README.findIndex((line) => line.startsWith('npx mig file -t'));
    const startMs = performance.now();
    // The packages are those of this checkout, as `npm ci` would install them.
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    let answer: Typed | undefined;
    for (const line of README.slice(1, until + 1)) {
      answer = await type(line);
      // Many machines have dangling links below /etc: an answer with errors counts, too.
      if (line.startsWith('npx mig file'))
        expect([EXIT.ok, EXIT.errors], answer.stderr).toContain(answer.status);
      else expect(answer, line).toEqual(good(answer));
      if (line.startsWith('npm run up')) {
        const printed = answer.stdout.trimEnd().split('\n').at(-1) ?? '';
        const next = README[README.indexOf(line) + 1]?.replace('$PWD', clone).replace('~', home);
        expect(printed).toBe(`use it       ${next?.replaceAll('"', '')}`);
      }
    }
    expect(answer?.stdout).toMatch(/agent-1 \/etc\/passwd/);
    const secret = randomBytes(8).toString('hex');
    writeFileSync(join(home, 'needle.txt'), `hay\n${secret}\n`);
    const own = await type(
      `npx mig file -t "os='linux'" -e 60s -path ${home} -name '\\.txt$' -content '${secret}'`,
    );
    const ms = performance.now() - startMs;
    expect(own, own.stderr).toEqual(good(own));
    expect(own.stdout).toContain(`agent-1 ${join(home, 'needle.txt')}`);
    const alone = `-c ${join(stackHome, 'migrc-john')} -path ${home} -name '^needle'`;
    expect((await type(`npx mig file -e 60s ${alone}`)).status).toBe(EXIT.incomplete);
    expect((await type(`npx mig file -e 5m ${alone} -s > ${home}/signed.json`)).status).toBe(EXIT.ok);
    const together = await type(`npx mig -i ${home}/signed.json`);
    expect(together.stdout, together.stderr).toContain(`agent-1 ${join(home, 'needle.txt')}`);
    process.stderr.write(`first answers after ${(ms / 1000).toFixed(1)} s\n`);
    expect(ms).toBeLessThan(FIRST_ANSWER_MS);
  });

  test('runs to its end, and later commands do not touch the stack until it is stopped', async () => {
    const before = { stack: stack(), daemons: daemons(), agent: agentDigest() };
    const from = README.findIndex((line) => line.startsWith('npx mig file -t')) + 1;
    const typed: string[] = [];
    for (const line of README.slice(from)) {
      const run = await type(line);
      expect(run, line).toEqual(good(run));
      typed.push(line);
      if (line.startsWith('npm run demo')) {
        expect(run.stderr).toContain(`the stack in ${stackHome} is left alone`);
        expect(runningDaemons(join(stackHome, DEMO_FOLDER))).toEqual([]);
        // The output is read after the demo, when Temporal's UI no longer runs.
        expect(run.stdout).not.toContain('://');
        expect(run.stdout).toContain('The stack of this demo is stopped.');
      }
      if (line === 'npm run demo') {
        expect(run.stdout.match(/^ {2}agent-\d: refused: .*insufficient signatures weight/gm)).toHaveLength(
          3,
        );
        expect(run.stdout).not.toContain('not found (');
      }
      if (line !== 'npm run down')
        expect({ stack: stack(), daemons: daemons(), agent: agentDigest() }, line).toEqual(before);
    }
    expect(typed).toEqual(
      expect.arrayContaining([
        'npm run demo',
        'npm run demo -- upgrade',
        expect.stringMatching(/^npm run build:agent -- --config/),
        'npm run down',
      ]),
    );
    const built = defined(readdirSync(join(clone, 'dist', 'agent')).find((name) => name.startsWith('linux')));
    expect(statSync(join(clone, 'dist', 'agent', built, 'mig-agent')).mode & 0o777).toBe(0o700);
    expect(runningDaemons(stackHome)).toEqual([]);

    const again = await type('npm run up');
    expect(again, again.stderr).toEqual(good(again));
    expect(stack()).toMatchObject({ api: before.stack.api, relay: { port: before.stack.relay.port } });
    expect(agentDigest()).toBe(before.agent);
    expect(again.stdout).toContain('use it       npx mig help');
    // The last heartbeat of the agent before may be read after the start; that agent is offline soon afterwards.
    await expect.poll(onlineAgents, { timeout: 60_000 }).toEqual(['agent-1']);
    const answer = await type(`npx mig file -t "status='online'" -e 60s -path ${home} -name '^needle'`);
    expect(answer, answer.stderr).toEqual(good(answer));
    expect(answer.stdout.match(/ \/\S*needle\.txt/g)).toHaveLength(1);
  });

  const agentDigest = () => {
    const { executable } = defined(stack().agents[0]);
    return sha256Hex(readFileSync(executable));
  };
});

describe('by hand', () => {
  const page = readFileSync(join(ROOT, 'docs', 'by-hand.md'), 'utf8');

  test('the API of the page serves HTTPS with a certificate of the page, which mig checks', async () => {
    const certificates = join(folder, 'certificates');
    mkdirSync(certificates);
    const [made = ''] = /(?<=^```sh\n)umask 077\n.*?(?=^```$)/ms.exec(page) ?? [];
    const run = await type(made, { cwd: certificates });
    expect(run, run.stderr).toEqual(good(run));
    const { api } = JSON.parse(readFileSync(join(stackHome, 'environments.json'), 'utf8'));
    const port = await freePort();
    const child = spawn(process.execPath, ['--import', 'tsx', 'api/main.ts'], {
      cwd: clone,
      stdio: 'ignore',
      env: environment({
        ...api,
        MIG_API_PORT: String(port),
        MIG_API_TLS_CERT_FILE: join(certificates, 'api.crt'),
        MIG_API_TLS_KEY_FILE: join(certificates, 'api.key'),
      }),
    });
    try {
      const ca = join(certificates, 'ca.crt');
      const url = `https://localhost:${port}/api/v1/`;
      await waitFor('the API', async () => {
        const asked = await type(`curl --silent --cacert ${ca} ${url}heartbeat`);
        return asked.stdout.includes('gatorz say hi');
      });
      const migrc = readFileSync(join(stackHome, 'migrc'), 'utf8').replace(/url = .*/, `url = "${url}"`);
      writeFileSync(join(folder, 'migrc'), migrc);
      const ask = `npx mig file -c ${join(folder, 'migrc')} -e 60s -path ${home} -name '^needle'`;
      const trusting = await type(ask, { env: { NODE_EXTRA_CA_CERTS: ca } });
      expect(trusting, trusting.stderr).toEqual(good(trusting));
      expect(trusting.stdout).toContain(`agent-1 ${join(home, 'needle.txt')}`);
      expect((await type(ask)).status).toBe(1);
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  /** Mistakes of a user: each message must be one sentence that names the mistake, without a line of our code. */
  test.each([
    ['api', {}, 'MIG_POSTGRES_URL: is not set'],
    ['api', { MIG_POSTGRES_URL: 'mysql://x' }, 'MIG_POSTGRES_URL: must be a postgres:// URL'],
    ['api', { MIG_API_PORT: 'http' }, 'MIG_API_PORT: '],
    ['api', { MIG_API_HOST: '0.0.0.0' }, 'MIG_API_'],
    ['api', { MIG_API_TLS_CERT_FILE: '/none' }, '/none'],
    ['worker', {}, 'MIG_AMQP_URL: is not set'],
    ['worker', { MIG_AMQP_URL: 'amqps://scheduler:secret-word@localhost:1/mig' }, 'amqps needs a CA'],
    ['worker', { MIG_AMQP_URL: 'http://secret-word' }, 'MIG_AMQP_URL: must be an amqp'],
    ['worker', { MIG_SCHEDULER_KEY_FILE: '/none' }, '/none'],
  ])('a wrong setting of the %s, %j, is named in one sentence', async (program, wrong, expected) => {
    const urls = {
      MIG_POSTGRES_URL: 'postgres://migapi@127.0.0.1:1/x',
      MIG_POSTGRES_TARGET_URL: 'postgres://migsearch@127.0.0.1:1/x',
      ...(program === 'worker' && 'MIG_SCHEDULER_KEY_FILE' in wrong
        ? { MIG_AMQP_URL: 'amqp://localhost:1/mig' }
        : {}),
    };
    const env = Object.keys(wrong).length === 0 ? {} : { ...urls, ...wrong };
    const run = await type(`node --import tsx ${program}/main.ts`, { env: env as Record<string, string> });
    expect(run.stderr).toContain(expected);
    expect({ status: run.status, lines: run.stderr.trimEnd().split('\n').length }).toEqual({
      status: 1,
      lines: 1,
    });
    expect(run.stderr).not.toMatch(/secret-word|^ +at /m);
  });

  test('an unreachable database or a taken port is reported in a sentence, too', async () => {
    const nowhere = await type('npm run -s migrate', {
      env: { MIG_POSTGRES_URL: 'postgres://a:b@127.0.0.1:1/x' },
    });
    expect(nowhere).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'PostgreSQL cannot be reached at 127.0.0.1:1: nothing listens there; start it there, or correct MIG_POSTGRES_URL\n',
    });
    for (const [setting, service] of [
      ['MIG_POSTGRES_URL', 'PostgreSQL'],
      ['TEMPORAL_ADDRESS', 'Temporal'],
    ] as const) {
      const value = setting === 'MIG_POSTGRES_URL' ? 'postgres://a:secret-word@127.0.0.1:1/x' : '127.0.0.1:1';
      const up = await type('npm run -s up', { env: { [setting]: value, MIG_HOME: join(folder, 'away') } });
      expect(up).toEqual({
        status: 1,
        stdout: '',
        stderr: `${service} cannot be reached at 127.0.0.1:1: nothing listens there; start it there, or correct ${setting}, or leave it out for one of its own\n`,
      });
      expect(existsSync(join(folder, 'away'))).toBe(false);
    }
    const { api } = JSON.parse(readFileSync(join(stackHome, 'environments.json'), 'utf8'));
    const taken = await type('node --import tsx api/main.ts', { env: api });
    expect(taken.stderr).toBe(`api: cannot listen on 127.0.0.1:${api.MIG_API_PORT}: the port is taken\n`);
    expect(taken.status).toBe(1);
  });
});

describe('every command of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const ours = Object.entries(scripts).flatMap(([name, line]) => {
    const file = /^tsx (\S+)$/.exec(line)?.[1];
    return file === undefined ? [] : [[name, file] as const];
  });
  const untouched = join(folder, 'untouched');
  const start = (file: string, args: string) =>
    type(`node --import tsx ${file} ${args}`, { env: { MIG_HOME: untouched } });

  test('is in the list of commands with --help', () => {
    const names =
      'attacks bench bootstrap build:agent chaos demo docs down fuzz interop judges judges:clients ' +
      'judges:openscap lock migrate mutations parse-flags prepack release soak up';
    expect(ours.map(([name]) => name).sort()).toEqual(names.split(' ').sort());
  });

  test.each(ours)('%s has --help, and ends with 2 at an unknown word', async (name, file) => {
    const help = await start(file, '--help');
    expect(help, help.stderr).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain(`${name}`);
    for (const wrong of ['--no-such-flag', 'no such words']) {
      const run = await start(file, wrong);
      expect(run.status, `${name} ${wrong}`).toBe(2);
      expect(run.stdout).toBe('');
      expect(run.stderr).toMatch(/^[^\n]+; see --help\n$/);
    }
    expect(existsSync(untouched)).toBe(false);
  });

  test.each([
    ['dev/up.ts', '--agents many', '--agents'],
    ['dev/up.ts', '--agents=-1', '--agents'],
    ['dev/up.ts', '--agents 1 --agents 2', '--agents'],
    ['dev/up.ts', '--install=yes', '--install'],
    ['dev/demo/demo.ts', 'upgrad', 'upgrad'],
    ['dev/demo/demo.ts', '--agents 0', '--agents'],
    ['bench/main.ts', '', 'which bench'],
    ['bench/main.ts', 'fanout --agents 1e3', '--agents'],
    ['bench/main.ts', 'start --agents 5', '--agents'],
    ['test/fuzz/main.ts', '--minutes soon', '--minutes'],
    ['test/fuzz/main.ts', '--only nobody', 'nobody'],
    ['test/faults/main.ts', '--seeds 0', '--seeds'],
    ['test/faults/main.ts', 'upgrade --victim nobody', 'nobody'],
    ['test/attacks/main.ts', '--only no-such-attack', 'no-such-attack'],
    ['test/mutations/run.ts', 'no-such-mutation', 'no-such-mutation'],
    ['bench/soak.ts', '--commands none', '--commands'],
    ['dev/build/main.ts', '--target plan9-mips', 'plan9-mips'],
    ['dev/build/main.ts', '--config /none/mig-agent.cfg', '/none/mig-agent.cfg'],
    ['dev/build/main.ts', '--all --target linux-amd64', '--target'],
    ['dev/parse-flags.ts', 'nomodule', 'nomodule'],
  ])('%s %s is refused by name, and nothing starts', async (file, args, named) => {
    const run = await start(file, args);
    expect(run).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining(named) });
    expect(run.stderr).toMatch(/^[^\n]+; see --help\n$/);
    expect(existsSync(untouched)).toBe(false);
  });
});
