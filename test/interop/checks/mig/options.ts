import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../check.ts';
import { type Expectations, expectOutput } from '../../expect-output.ts';
import { agentId, dividedAction, FINDS, FINDS_NOTHING } from '../../fixtures.ts';
import { newName } from '../../platform-records.ts';
import { REAL_AGENTS, type Rig, SIMULATED } from '../../rig.ts';
import type { ProgramRun, RunOptions } from '../../run-go-program.ts';

/** A command line of `mig`, and what it prints. */
interface Line extends Expectations {
  option: string;
  what: string;
  args: readonly string[] | ((rig: Rig) => readonly string[] | Promise<readonly string[]>);
  options?: (rig: Rig) => Partial<RunOptions>;
  /** Looks at what the platform has stored. */
  stores?: (rig: Rig, run: ProgramRun) => Promise<void>;
}

const [AGENT] = REAL_AGENTS;
const LAST_SIMULATED = `${SIMULATED.prefix}-${SIMULATED.count - 1}`;
const PASSWD = ['-path', '/etc', '-name', '^passwd$', '-maxdepth', '1'];
const TO_AGENT = ['-t', `name='${AGENT}'`, '-e', '60s'];
const FOUND = `${AGENT} /etc/passwd`;

const LINES: readonly Line[] = [
  {
    option: 'help',
    what: 'explains itself and ends with 1',
    args: ['help'],
    status: 1,
    stdout: 'Global options',
  },
  { option: '-h', what: 'explains itself', args: ['-h'], status: 1, stdout: 'Global options' },
  { option: '--help', what: 'explains itself', args: ['--help'], status: 1, stdout: 'Global options' },
  { option: 'no words', what: 'explain it', args: [], status: 1, stdout: '* file' },
  { option: 'version', what: 'prints the version', args: ['version'], stdout: /interop\n$/ },
  {
    option: '<module>',
    what: 'an unknown module is reported',
    args: ['nothing'],
    status: 1,
    stderr: 'Unknown module nothing',
  },
  {
    option: '-t',
    what: 'an expression on the name',
    args: ['file', ...TO_AGENT, ...PASSWD],
    stdout: FOUND,
    stderr: [
      '1 agents will be targeted',
      '100.0% done',
      '1 sent, 1 done, 1 succeeded',
      '1 agent has found results',
    ],
  },
  {
    option: '-t',
    what: 'an expression on the queue',
    args: ['file', '-t', `queueloc LIKE 'linux.%' AND name LIKE 'agent-%'`, '-e', '60s', ...PASSWD],
    stdout: [FOUND, 'agent-2 /etc/passwd'],
    stderr: '2 agents have found results',
  },
  {
    option: '-t',
    what: 'an expression on the environment',
    args: ['file', '-t', `environment->>'os'='linux' AND name='${AGENT}'`, '-e', '60s', ...PASSWD],
    stdout: FOUND,
  },
  {
    option: '-t',
    what: 'an expression on the tags',
    args: ['file', '-t', `tags#>>'{operator}'='development' AND name='${AGENT}'`, '-e', '60s', ...PASSWD],
    stdout: FOUND,
  },
  { option: '-t', what: 'a macro', args: ['file', '-t', 'first', '-e', '60s', ...PASSWD], stdout: FOUND },
  {
    option: '-t',
    what: 'nobody is reported',
    args: ['file', '-t', `name='nobody'`, ...PASSWD],
    status: 1,
    stderr: 'no results found',
  },
  {
    option: '-t',
    what: 'wrong SQL is reported',
    args: ['file', '-t', 'name==', ...PASSWD],
    status: 1,
    stderr: /error: .*HTTP \d+/,
  },
  {
    option: '-t',
    what: 'forbidden SQL is reported',
    args: ['file', '-t', 'pg_sleep(1) IS NULL', ...PASSWD],
    status: 1,
    stderr: /error: .*HTTP \d+/,
  },
  {
    option: '-t local',
    what: "runs MIG's own module",
    args: ['file', '-t', 'local', ...PASSWD],
    stdout: '/etc/passwd',
  },
  {
    option: 'no -t',
    what: 'every online agent is asked, page by page',
    args: ['file', '-e', '20s', ...PASSWD],
    stdout: [FOUND, 'agent-2 /etc/passwd'],
    stderr: [
      'no target specified, defaulting to all online agents',
      `${SIMULATED.count - 1 + REAL_AGENTS.length} agents have found results`,
      new RegExp(`expired: ${LAST_SIMULATED}`),
    ],
  },
  {
    option: '-e',
    what: 'an agent that is away expires',
    args: ['file', '-t', `name='${LAST_SIMULATED}'`, '-e', '15s', ...PASSWD],
    stderr: ['1 sent, 1 done, 1 expired', '0 agent has found results', `expired: ${LAST_SIMULATED}`],
  },
  {
    option: '-e',
    what: 'a wrong duration is reported',
    args: ['file', '-t', `name='${AGENT}'`, '-e', 'soon', ...PASSWD],
    status: 1,
    stderr: /invalid duration/,
  },
  {
    option: '-n',
    what: 'names the action',
    args: ['file', ...TO_AGENT, '-n', 'named by -n', ...PASSWD],
    stdout: FOUND,
    stores: async (rig, run) => expectStored(rig, run, { name: 'named by -n' }),
  },
  {
    option: 'no -n',
    what: 'the name is the command line, cut',
    args: ['file', ...TO_AGENT, '-path', `/etc/${'x'.repeat(100)}`, '-path', '/etc', '-name', '^passwd$'],
    stdout: FOUND,
    stores: async (rig, run) =>
      expectStored(rig, run, { name: /^file -t name='agent-1' -e 60s -path \/etc\/x{100} \.\.\.$/ }),
  },
  {
    option: '-show all',
    what: 'prints errors, statistics and status',
    args: ['file', ...TO_AGENT, '-show', 'all', ...PASSWD],
    stdout: [FOUND, `${AGENT} command success`, /Statistics|examined/i],
    stderr: '1 agent has all results',
  },
  {
    option: '-show notfound',
    what: 'prints those that found nothing',
    args: ['file', ...TO_AGENT, '-show', 'notfound', '-path', '/etc', '-name', '^no-such$'],
    stdout: `${AGENT} command success`,
    stderr: '1 agent has notfound results',
  },
  {
    option: '-show found',
    what: 'prints nothing of those that found nothing',
    args: ['file', ...TO_AGENT, '-show', 'found', '-path', '/etc', '-name', '^no-such$'],
    stdout: /^$/,
    stderr: '0 agent has found results',
  },
  {
    option: '-show',
    what: 'an unknown word is reported',
    args: ['file', ...TO_AGENT, '-show', 'some', ...PASSWD],
    status: 1,
    stderr: `invalid parameter 'some'`,
  },
  {
    option: '-target-found',
    what: 'asks the agents that found something',
    args: async (rig) => [
      'file',
      '-target-found',
      String(await rig.once(dividedAction)),
      '-e',
      '60s',
      ...PASSWD,
    ],
    stderr: ['1 agents will be targeted', '1 agent has found results'],
    stores: async (rig, run) =>
      expectStored(rig, run, { target: /'true'\) AND status='online'$/, agents: [FINDS] }),
  },
  {
    option: '-target-notfound',
    what: 'asks the agents that found nothing',
    args: async (rig) => [
      'file',
      '-target-notfound',
      String(await rig.once(dividedAction)),
      '-e',
      '60s',
      ...PASSWD,
    ],
    stdout: `${FINDS_NOTHING} /etc/passwd`,
    stderr: '1 agents will be targeted',
  },
  {
    option: '-target-found -target-notfound',
    what: 'both are refused',
    args: ['file', '-target-found', '1', '-target-notfound', '1', ...PASSWD],
    status: 1,
    stderr: 'cannot be used simultaneously',
  },
  {
    option: '-z',
    what: 'compresses the parameters',
    args: ['file', ...TO_AGENT, '-z', ...PASSWD],
    stdout: FOUND,
    stores: async (rig, run) => expectStored(rig, run, { text: '"is_compressed":true' }),
  },
  {
    option: '-v',
    what: 'shows requests and answers',
    args: ['file', ...TO_AGENT, '-v', ...PASSWD],
    stdout: ['debug: GET http://', 'debug: X-PGPAUTHORIZATION: 1;20', FOUND],
  },
  {
    option: '-c',
    what: 'reads another configuration',
    args: (rig) => ['file', '-c', rig.bob.migrc, ...TO_AGENT, ...PASSWD],
    options: (rig) => ({ env: { HOME: rig.folder } }),
    stdout: FOUND,
  },
  {
    option: '-p',
    what: 'prints the unsigned action',
    args: ['file', ...TO_AGENT, '-p', ...PASSWD],
    stdout: [/^ {4}"name": "file -t /m, `"target": "name='${AGENT}'"`, '"pgpsignatures": null'],
  },
  {
    option: '-s',
    what: 'prints the signed action',
    args: ['file', ...TO_AGENT, '-s', ...PASSWD],
    stdout: /"pgpsignatures": \[\s+"wsB/,
  },
  {
    option: 'ctrl+c',
    what: 'stops following and prints what is there',
    args: ['file', '-t', `name IN ('${AGENT}', '${LAST_SIMULATED}')`, '-e', '120s', ...PASSWD],
    options: () => ({ interruptAt: /1 \/ 2 / }),
    stdout: FOUND,
    stderr: ['stopped following action', 'fetching available results', '1 agent has found results'],
  },
];

const LINE_CHECKS: readonly Check[] = LINES.map(({ option, what, args, options, stores, ...expected }) => ({
  program: 'mig',
  shows: option,
  what: `${option}: ${what}`,
  run: async (rig) => {
    await agentId(rig, AGENT);
    const run = await rig.run('mig', typeof args === 'function' ? await args(rig) : args, options?.(rig));
    expectOutput(run, expected);
    await stores?.(rig, run);
  },
}));

interface Stored {
  name?: string | RegExp;
  target?: RegExp;
  agents?: readonly string[];
  /** Text that the stored operations have. */
  text?: string;
}

/** Throws unless the action that was launched is stored as it should be. */
async function expectStored(
  { testbed }: Rig,
  run: ProgramRun,
  { name, target, agents, text }: Stored,
): Promise<void> {
  const [, id] = /Following action ID (\d+)/.exec(run.stderr) ?? [];
  const { rows } = await testbed.db.query(
    `SELECT actions.name, target, operations::text AS text, array_agg(agents.name) AS agents
     FROM actions
     JOIN commands ON actionid = actions.id
     JOIN agents ON agents.id = agentid
     WHERE actions.id = $1
     GROUP BY actions.id`,
    [id],
  );
  const [stored] = rows;
  const isAsExpected =
    (name === undefined || (typeof name === 'string' ? stored.name === name : name.test(stored.name))) &&
    (target === undefined || target.test(stored.target)) &&
    (agents === undefined || agents.join() === stored.agents.join()) &&
    (text === undefined || stored.text.includes(text));
  if (!isAsExpected) throw new Error(`the platform stored ${JSON.stringify(stored)}`);
}

const FILES: readonly Check[] = [
  {
    program: 'mig',
    shows: '-i',
    what: '-i: launches an action of a file that -p wrote',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-p', ...PASSWD]);
      expectOutput(await rig.run('mig', ['-i', file, '-e', '60s']), {
        stdout: FOUND,
        stderr: 'launching action from file',
      });
    },
  },
  {
    program: 'mig',
    shows: '-i',
    what: '-i: prints an action of a file with -p',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-p', ...PASSWD]);
      expectOutput(await rig.run('mig', ['-i', file, '-p']), { stdout: `"target": "name='${AGENT}'"` });
    },
  },
  {
    program: 'mig',
    shows: '-i',
    what: '-i: a missing file is reported',
    run: async (rig) =>
      expectOutput(await rig.run('mig', ['-i', '/no/such/file']), { status: 1, stderr: 'no such file' }),
  },
  {
    program: 'mig',
    shows: '-s -i',
    what: '-s -i: an action of one signer with too little weight is refused by the agent',
    run: async (rig) => {
      const args = ['file', ...TO_AGENT, '-show', 'all', ...PASSWD];
      const run = await rig.run('mig', args, { env: { HOME: rig.john.home } });
      expectOutput(run, { stderr: `${AGENT} command did not succeed. status=failed`, never: /passwd \[/ });
    },
  },
  {
    program: 'mig',
    shows: '-s -i',
    what: '-s -i: an action of two signers is answered, and keeps its validity',
    run: async (rig) => {
      const file = await writeOutput(rig, ['file', ...TO_AGENT, '-s', ...PASSWD], rig.john.home);
      const run = await rig.run('mig', ['-i', file]);
      expectOutput(run, { stdout: FOUND, stderr: 'action already had validity time period' });
      const [, id] = /Following action ID (\d+)/.exec(run.stderr) ?? [];
      const { body } = await rig.testbed.api.get(`/action?actionid=${id}`);
      const { investigators, validfrom } = body.collection.items[0].data[0].value;
      const names = investigators.map(({ name }: { name: string }) => name).sort();
      const signed = JSON.parse(readFileSync(file, 'utf8'));
      if (names.join() !== 'Bob Kelso,John Smith') throw new Error(`signed by ${names}`);
      if (Date.parse(validfrom) !== Math.floor(Date.parse(signed.validfrom)))
        throw new Error(`validfrom became ${validfrom}, from ${signed.validfrom}`);
    },
  },
];

async function writeOutput(rig: Rig, args: readonly string[], home = rig.bob.home): Promise<string> {
  const run = await rig.run('mig', args, { env: { HOME: home } });
  expectOutput(run, { stdout: '"operations"' });
  const file = join(rig.folder, `${newName('action')}.json`);
  writeFileSync(file, run.stdout);
  return file;
}

export const OPTION_CHECKS: readonly Check[] = [...LINE_CHECKS, ...FILES];
