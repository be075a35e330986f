import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_OPERATION } from '../../../dev/api-caller.ts';
import type { Check } from '../check.ts';
import { type Expectations, expectOutput } from '../expect-output.ts';
import { newName } from '../platform-records.ts';
import { REAL_AGENTS, type Rig } from '../rig.ts';
import { apiKeyHome } from './mig/configuration.ts';

/** A command line of the generator behind `-i FILE`. */
interface Line extends Expectations {
  option: string;
  what: string;
  args?: readonly string[];
  /** Changes of the action in the file. */
  action?: Record<string, unknown>;
  home?: (rig: Rig) => string | Promise<string>;
}

const LAUNCHED = /Successfully launched action \d{14}\n/;
const REFUSED = /FATAL: PostAction\(\) -> error: HTTP 400/;
const DAY_MS = 86_400_000;

const LINES: readonly Line[] = [
  { option: '-i', what: 'signs and launches an action of a file', stdout: LAUNCHED },
  {
    option: '-p',
    what: 'prints the signed action, too',
    args: ['-p'],
    stdout: [/^\t"name": "generated"/m, /"pgpsignatures": \[\s+"wsB/, LAUNCHED],
  },
  {
    option: '-nolaunch',
    what: 'only prints',
    args: ['-nolaunch'],
    stdout: '"name": "generated"',
    never: /launched/,
  },
  {
    option: '-urlencode',
    what: 'prints the action for a form',
    args: ['-p', '-urlencode'],
    stdout: [/^%7B%0A%09%22id%22%3A\+0/m, LAUNCHED],
  },
  {
    option: '-t',
    what: 'replaces the target',
    args: ['-t', `name='${REAL_AGENTS[1]}'`, '-p'],
    stdout: [`"target": "name='${REAL_AGENTS[1]}'"`, LAUNCHED],
  },
  {
    option: '-validfrom',
    what: 'a wrong date is reported',
    args: ['-validfrom', 'soon'],
    stdout: 'FATAL: parsing time',
  },
  {
    option: '-expireafter',
    what: 'sets the validity',
    args: ['-validfrom', '2030-01-01T00:00:00Z', '-expireafter', '10m', '-nolaunch'],
    stdout: '"expireafter": "2030-01-01T00:10:00Z"',
  },
  {
    option: '-expireafter',
    what: 'an action that has expired is refused',
    args: ['-validfrom', '2020-01-01T00:00:00Z'],
    stdout: REFUSED,
  },
  {
    option: 'want_compressed',
    what: 'compresses where the file asks for it',
    action: { operations: [{ ...FILE_OPERATION, want_compressed: true }] },
    args: ['-p'],
    stdout: ['"is_compressed": true', LAUNCHED],
  },
  {
    option: '-i',
    what: 'an action without operations is refused',
    action: { operations: [] },
    stdout: REFUSED,
  },
  {
    option: '-i',
    what: 'an action without a target is refused',
    action: { target: '' },
    stdout: REFUSED,
  },
  {
    option: '[gpg] useapikeyauth',
    what: 'an API key takes the place of tokens',
    home: (rig) => rig.once(apiKeyHome),
    stdout: LAUNCHED,
  },
];

const LINE_CHECKS: readonly Check[] = LINES.map(({ option, what, args = [], action, home, ...expected }) => ({
  program: 'mig-action-generator',
  shows: option,
  what: `${option}: ${what}`,
  run: async (rig) => {
    const HOME = (await home?.(rig)) ?? rig.bob.home;
    const run = await rig.run('mig-action-generator', ['-i', writeAction(rig, action), ...args], {
      env: { HOME },
    });
    expectOutput(run, expected);
  },
}));

export const GENERATOR_CHECKS: readonly Check[] = [
  ...LINE_CHECKS,
  {
    program: 'mig-action-generator',
    shows: '-validfrom',
    what: '-validfrom: sets a later beginning',
    run: async (rig) => {
      const tomorrow = new Date(Date.now() + DAY_MS).toISOString().replace(/\.\d+/, '');
      const args = ['-i', writeAction(rig), '-validfrom', tomorrow, '-p'];
      expectOutput(await rig.run('mig-action-generator', args), {
        stdout: [`"validfrom": "${tomorrow}"`, LAUNCHED],
      });
    },
  },
  {
    program: 'mig-action-generator',
    shows: '-c',
    what: '-c: signs as the investigator of another configuration',
    run: async (rig) => {
      const run = await rig.run('mig-action-generator', ['-c', rig.john.migrc, '-i', writeAction(rig)]);
      expectOutput(run, { stdout: LAUNCHED });
      const [, id] = /action (\d+)/.exec(run.stdout) ?? [];
      const { text } = await rig.testbed.api.get(`/action?actionid=${id}`);
      if (!text.includes('"name":"John Smith"')) throw new Error(`the platform stored ${text}`);
    },
  },
  {
    program: 'mig-action-generator',
    shows: '-i',
    what: '-i: is asked for when it is missing',
    run: async (rig) =>
      expectOutput(await rig.run('mig-action-generator', []), { status: 1, stdout: 'Missing action file' }),
  },
  {
    program: 'mig-action-generator',
    shows: '-i',
    what: '-i: a missing file is reported',
    run: async (rig) => {
      const run = await rig.run('mig-action-generator', ['-i', '/no/such/file']);
      expectOutput(run, { stdout: 'FATAL: open /no/such/file' });
    },
  },
];

function writeAction({ folder }: Rig, changes: Record<string, unknown> = {}): string {
  const path = join(folder, `${newName('action')}.json`);
  const action = {
    name: 'generated',
    target: `name='${REAL_AGENTS[0]}'`,
    operations: [FILE_OPERATION],
    syntaxversion: 2,
    ...changes,
  };
  writeFileSync(path, JSON.stringify(action));
  return path;
}
