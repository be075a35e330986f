import type { Check } from '../../check.ts';
import { agentId, commandOf, foundAction } from '../../fixtures.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterCommand = async (rig: Rig) => [
  `command ${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`,
];
const enterAgent = async (rig: Rig) => {
  await rig.once(foundAction);
  return [`agent ${await agentId(rig, 'agent-1')}`];
};
const RESULTS_OF = ' in search';

const COMMAND_READER = ordersOf('command reader', enterCommand, [
  {
    order: 'json',
    what: 'prints the command',
    lines: ['json'],
    stdout: ['"status": "success"', '"name": "agent-1"'],
  },
  { order: 'r', what: 'reads the command again', lines: ['r'], stdout: 'Reload succeeded' },
  {
    order: 'results',
    what: 'prints the results with statistics',
    lines: ['results'],
    stdout: ['/etc/passwd', RESULTS_OF, 'command success'],
  },
  {
    order: 'results found',
    what: 'prints what was found',
    lines: ['results found'],
    stdout: '/etc/passwd',
    never: /command success/,
  },
  {
    order: 'results',
    what: 'an unknown word is reported',
    lines: ['results some'],
    stdout: `Unknown option 'some'`,
  },
  { order: 'help', what: 'lists the orders', lines: ['help'], stdout: 'show the json of the command' },
  { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
  {
    order: 'unknown',
    what: 'an unknown order is reported',
    lines: ['nonsense'],
    stdout: 'You are in command reader mode',
  },
]);

const AGENT_READER = ordersOf('agent reader', enterAgent, [
  {
    order: 'details',
    what: 'shows every field',
    lines: ['details'],
    stdout: [
      /^name {7}agent-1$/m,
      /^last seen {2}[\d.µms]+ ago$/m,
      /^location {3}linux\.\S+$/m,
      'mode       daemon',
      'platform   linux amd64',
      'status     online',
      '"operator": "development"',
      '"ident": ',
    ],
  },
  {
    order: 'json',
    what: 'prints the registration',
    lines: ['json'],
    stdout: /^\{"id":\d+,"name":"agent-1".*\}$/m,
  },
  {
    order: 'json pretty',
    what: 'prints the registration in lines',
    lines: ['json pretty'],
    stdout: '  "name": "agent-1",',
  },
  {
    order: 'json',
    what: 'an unknown word is reported',
    lines: ['json some'],
    stdout: `Unknown option 'some'`,
  },
  {
    order: 'lastactions',
    what: 'lists the last actions',
    lines: ['lastactions'],
    stdout: /\d{14} {5}found by one +20\S+ {4}success/,
  },
  {
    order: 'lastactions <n>',
    what: 'lists as many',
    lines: ['lastactions 1'],
    stdout: /--\n\d{14} .*\n(?!\d)/,
  },
  {
    order: 'lastactions <n>',
    what: 'a word is no number',
    lines: ['lastactions some'],
    stderr: 'invalid syntax',
  },
  { order: 'r', what: 'reads the agent again', lines: ['r'], stdout: 'Reload succeeded' },
  { order: 'help', what: 'lists the orders', lines: ['help'], stdout: 'print the details of the agent' },
  { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
  {
    order: 'unknown',
    what: 'an unknown order is reported',
    lines: ['nonsense'],
    stdout: 'You are in agent reader mode',
  },
]);

export const READER_CHECKS: readonly Check[] = [...COMMAND_READER, ...AGENT_READER];
