import type { Check } from '../../check.ts';
import { dividedAction, FINDS, FINDS_NOTHING } from '../../fixtures.ts';
import { REAL_AGENTS, SIMULATED } from '../../rig.ts';
import { AGENT, checksOf, expectStored, FOUND, LAST_SIMULATED, PASSWD, TO_AGENT } from './line.ts';

export const TARGET_CHECKS: readonly Check[] = checksOf([
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
]);
