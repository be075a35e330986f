import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../check.ts';
import { expectOutput } from '../../expect-output.ts';
import { LOCAL_ADDRESS, type Planted, plant } from '../../planted.ts';
import { REAL_AGENTS, type Rig } from '../../rig.ts';
import { excerpt } from '../../run-go-program.ts';

/** A question that MIG's own module answers for this machine, too, as `-t local` runs it. */
interface Question {
  module: string;
  option: string;
  args: (planted: Planted, rig: Rig) => readonly string[];
}

const [AGENT] = REAL_AGENTS;
const inFiles =
  (...args: string[]) =>
  (planted: Planted) => ['-path', planted.files, ...args];
const hashOf = (algorithm: string) => (planted: Planted) => [
  '-path',
  planted.files,
  `-${/^sha3/.test(algorithm) ? 'sha3' : /^sha\d{3}/.test(algorithm) ? 'sha2' : algorithm}`,
  createHash(algorithm)
    .update(readFileSync(join(planted.files, 'needle.txt')))
    .digest('hex')
    .toUpperCase(),
];

const QUESTIONS: readonly Question[] = [
  { module: 'file', option: '-path -name', args: inFiles('-name', '^needle') },
  { module: 'file', option: '-content', args: inFiles('-name', 'txt$', '-content', '^needle$') },
  { module: 'file', option: '-size', args: inFiles('-size', '>90k') },
  { module: 'file', option: '-mode', args: inFiles('-mode', '-rw-r-----') },
  { module: 'file', option: '-mtime', args: inFiles('-mtime', '<1d') },
  ...['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-224', 'sha3-256', 'sha3-384', 'sha3-512'].map(
    (algorithm) => ({ module: 'file', option: `-${algorithm}`, args: hashOf(algorithm) }),
  ),
  { module: 'file', option: '-maxdepth', args: inFiles('-name', 'needle', '-maxdepth', '1') },
  { module: 'file', option: '-matchany', args: inFiles('-name', '^needle', '-size', '>90k', '-matchany') },
  { module: 'file', option: '-matchall', args: inFiles('-name', '^hay', '-content', 'hay', '-matchall') },
  { module: 'file', option: '-macroal', args: inFiles('-name', 'log$', '-content', '^needle$', '-macroal') },
  { module: 'file', option: '-mismatch', args: inFiles('-name', '^needle', '-mismatch', 'name') },
  { module: 'file', option: '-returnsha256', args: inFiles('-name', '^needle', '-returnsha256') },
  {
    module: 'file',
    option: '-decompress',
    args: inFiles('-name', 'gz$', '-content', '^needle$', '-decompress'),
  },
  { module: 'file', option: '-maxerrors', args: inFiles('-name', '^needle', '-maxerrors', '10') },
  { module: 'file', option: '-matchlimit', args: inFiles('-name', '^needle', '-matchlimit', '1000') },
  { module: 'netstat', option: '-li', args: () => ['-li', '127.0.0.1'] },
  { module: 'netstat', option: '-lm', args: () => ['-lm', '.'] },
  { module: 'netstat', option: '-ni', args: () => ['-ni', '192.0.2.254'] },
  { module: 'netstat', option: '-nm', args: () => ['-nm', '^00:00:5e'] },
  { module: 'netstat', option: '-lp', args: ({ port }) => ['-lp', String(port)] },
  { module: 'netstat', option: '-ci', args: () => ['-ci', LOCAL_ADDRESS] },
  { module: 'pkg', option: '-name', args: () => ['-name', '^(bash|tar)$'] },
  { module: 'pkg', option: '-version', args: () => ['-name', '^bash', '-version', '^5'] },
  { module: 'scribe', option: '-path', args: ({ policy }) => ['-path', policy] },
  { module: 'scribe', option: '-human', args: ({ policy }) => ['-path', policy, '-human'] },
  { module: 'scribe', option: '-json', args: ({ policy }) => ['-path', policy, '-json'] },
  { module: 'scribe', option: '-onlytrue', args: ({ policy }) => ['-path', policy, '-onlytrue'] },
  { module: 'sshkey', option: '-path', args: ({ keys }) => ['-path', keys] },
  { module: 'sshkey', option: '-maxdepth', args: ({ keys }) => ['-path', keys, '-maxdepth', '1'] },
  { module: 'memory', option: '-name', args: ({ process }) => ['-name', `${process}$`] },
  { module: 'memory', option: '-lib', args: ({ process }) => ['-name', `${process}$`, '-lib', 'libc'] },
  {
    module: 'memory',
    option: '-content',
    args: ({ process }) => ['-name', `${process}$`, '-content', 'ELF'],
  },
  {
    module: 'memory',
    option: '-bytes',
    args: ({ process }) => ['-name', `${process}$`, '-bytes', '7f454c46'],
  },
  {
    module: 'memory',
    option: '-matchany',
    args: ({ process }) => ['-name', `${process}$`, '-lib', 'no-such-library', '-matchany'],
  },
  {
    module: 'ping',
    option: '-p tcp -dp',
    args: ({ port }) => ['-d', LOCAL_ADDRESS, '-p', 'tcp', '-dp', String(port)],
  },
  {
    module: 'ping',
    option: '-p icmp -c -t',
    args: () => ['-d', '127.0.0.1', '-p', 'icmp', '-c', '1', '-t', '2'],
  },
];

const SAME_AS_LOCAL: readonly Check[] = QUESTIONS.map(({ module, option, args }) => ({
  program: 'mig',
  shows: `${module} ${option}`,
  what: `${module} ${option}: the agent answers as MIG's own module`,
  run: async (rig) => {
    const words = args(await rig.once(plant), rig);
    const ask = (target: string) => rig.run('mig', [module, '-t', target, '-e', '60s', ...words]);
    const [theirs, ours] = [await ask('local'), await ask(`name='${AGENT}'`)];
    expectOutput(theirs, {});
    expectOutput(ours, {});
    const expected = linesOf(theirs.stdout, '');
    const actual = linesOf(ours.stdout, `${AGENT} `);
    if (expected.join('\n') !== actual.join('\n'))
      throw new Error(
        `MIG's module: ${JSON.stringify(expected)}, the agent: ${JSON.stringify(actual)} ${excerpt(ours)}`,
      );
  },
}));

/** The order of lines is not defined: both read maps. */
function linesOf(text: string, prefix: string): string[] {
  return text
    .split('\n')
    .map((line) => (line.startsWith(prefix) ? line.slice(prefix.length) : line))
    .filter((line) => line !== '')
    .sort();
}

const HELPED = [
  'file',
  'memory',
  'netstat',
  'ping',
  'pkg',
  'scribe',
  'sshkey',
  'timedrift',
  'examplepersist',
];
const HELP: readonly Check[] = HELPED.map((module) => ({
  program: 'mig',
  shows: `${module} help`,
  what: `${module} help: explains the options`,
  run: async (rig) => {
    const { stdout } = await rig.run('mig', [module, 'help']);
    if (stdout.trim().length < 20) throw new Error(`it prints ${JSON.stringify(stdout)}`);
  },
}));

const OTHERS: readonly Check[] = [
  {
    program: 'mig',
    shows: 'timedrift',
    what: 'timedrift: prints the time of the agent',
    run: async (rig) => {
      const run = await rig.run('mig', ['timedrift', '-t', `name='${AGENT}'`, '-e', '60s']);
      expectOutput(run, { stdout: /^agent-1 local time is 20\d\d-/m, stderr: '1 agent has found results' });
    },
  },
  {
    program: 'mig',
    shows: 'examplepersist -echo',
    what: 'examplepersist -echo: fails where the agent does not run the module',
    run: async (rig) => {
      const args = ['examplepersist', '-t', `name='${AGENT}'`, '-e', '60s', '-echo', 'hello'];
      expectOutput(await rig.run('mig', args), { stderr: ['1 failed', `failed: ${AGENT}`] });
    },
  },
  ...['example', 'agentdestroy'].map(
    (module): Check => ({
      program: 'mig',
      shows: module,
      what: `${module}: is no module of the command line`,
      run: async (rig) => {
        const run = await rig.run('mig', [module, '-t', `name='${AGENT}'`]);
        expectOutput(run, { status: 1, stderr: 'does not support command line invocation' });
      },
    }),
  ),
];

export const MODULE_CHECKS: readonly Check[] = [...SAME_AS_LOCAL, ...HELP, ...OTHERS];
