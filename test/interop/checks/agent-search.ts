import type { Check } from '../check.ts';
import { type Expectations, expectOutput } from '../expect-output.ts';
import { agentId } from '../fixtures.ts';
import type { Rig } from '../rig.ts';

/** A command line of the search, and what it prints. */
interface Line extends Expectations {
  option: string;
  what: string;
  args: readonly string[] | ((rig: Rig) => Promise<readonly string[]>);
}

const HEADER =
  'name; id; status; version; mode; os; arch; pid; starttime; heartbeattime; tags; environment\n';
const LINE =
  /^agent-1; \d{14}; online; \S+\.dev; daemon; linux; amd64; \d+; 20\S+; 20\S+; \{"operator":"development"\}; \{"init":.*\}$/m;
const NOBODY = new RegExp(`^${HEADER}$`);

const LINES: readonly Line[] = [
  { option: '-p name', what: 'finds by name', args: ['-p', 'name=agent-1'], stdout: [HEADER, LINE] },
  {
    option: '-p agentname',
    what: 'finds by name',
    args: ['-p', 'agentname=agent%'],
    stdout: [LINE, /^agent-2; /m],
  },
  {
    option: '-p agentid',
    what: 'finds by id',
    args: async (rig) => ['-p', `agentid=${await agentId(rig, 'agent-1')}`],
    stdout: LINE,
    never: /agent-2/,
  },
  {
    option: '-p agentversion',
    what: 'finds by version',
    args: ['-p', 'agentversion=%.dev and name=agent%'],
    stdout: LINE,
  },
  { option: '-p status', what: 'finds by status', args: ['-p', 'status=online'], stdout: LINE },
  {
    option: '-p status',
    what: 'finds every agent, as its help says',
    args: ['-p', 'status=%'],
    stdout: LINE,
  },
  {
    option: '-p before',
    what: 'finds by the last heartbeat',
    args: ['-p', 'before=2099-01-01T00:00:00Z'],
    stdout: LINE,
  },
  {
    option: '-p after',
    what: 'finds by the last heartbeat',
    args: ['-p', 'after=2026-01-01T00:00:00Z'],
    stdout: LINE,
  },
  {
    option: '-p limit',
    what: 'finds as many',
    args: ['-p', 'status=online limit=3'],
    stdout: /^name; .*(\n\S+; \d+;.*){3}\n$/,
  },
  {
    option: '-p',
    what: 'several keys count together',
    args: ['-p', 'name=agent-1 status=offline'],
    stdout: NOBODY,
  },
  { option: '-p', what: 'nobody is found', args: ['-p', 'name=nobody'], stdout: NOBODY },
  {
    option: '-p',
    what: 'an unknown key is reported',
    args: ['-p', 'x=y'],
    status: 1,
    stderr: 'unknown search key "x"',
  },
  {
    option: '-p',
    what: 'a word without a value is reported',
    args: ['-p', 'name'],
    status: 1,
    stderr: 'Invalid `key=value`',
  },
  {
    option: '-p',
    what: 'a wrong date is reported',
    args: ['-p', 'after=now'],
    status: 1,
    stderr: 'not in RFC3339 format',
  },
  {
    option: '-p',
    what: 'a wrong limit is reported',
    args: ['-p', 'limit=x'],
    status: 1,
    stderr: 'invalid limit',
  },
  {
    option: '-t',
    what: 'finds by an expression',
    args: ['-t', `name='agent-1'`],
    stdout: [HEADER, LINE],
    never: /agent-2/,
  },
  { option: '-t', what: 'finds by a macro', args: ['-t', 'first'], stdout: LINE },
  {
    option: '-t',
    what: 'finds by the environment',
    args: ['-t', `environment->>'os'='linux' AND mode='daemon'`],
    stdout: LINE,
  },
  { option: '-t', what: 'finds by the tags', args: ['-t', `tags->>'operator'='development'`], stdout: LINE },
  {
    option: '-t',
    what: 'finds by a time',
    args: ['-t', `starttime > NOW() - INTERVAL '1 hour' AND name='agent-1'`],
    stdout: LINE,
  },
  { option: '-t', what: 'nobody is found', args: ['-t', `name='nobody'`], stdout: NOBODY },
  {
    option: '-t',
    what: 'wrong SQL is reported',
    args: ['-t', 'name=='],
    status: 1,
    stderr: /error: .*HTTP 4\d\d/,
  },
  {
    option: 'no option',
    what: 'one of them is needed',
    args: [],
    status: 1,
    stderr: 'must specify -p or -t',
  },
  {
    option: '-c',
    what: 'reads another configuration',
    args: async (rig) => ['-c', rig.john.migrc, '-t', 'first'],
    stdout: LINE,
  },
  { option: '-h', what: 'explains itself', args: ['-h'], stderr: 'CONSOLE MODE QUERY' },
];

export const AGENT_SEARCH_CHECKS: readonly Check[] = LINES.map(({ option, what, args, ...expected }) => ({
  program: 'mig-agent-search',
  shows: option,
  what: `${option}: ${what}`,
  run: async (rig) => {
    const words = typeof args === 'function' ? await args(rig) : args;
    expectOutput(await rig.run('mig-agent-search', words), expected);
  },
}));
