import type { Check } from '../../check.ts';
import { commandOf, dividedAction, FINDS, FINDS_NOTHING, foundAction } from '../../fixtures.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

const enterFound = async (rig: Rig) => [`action ${await rig.once(foundAction)}`];
const enterDivided = async (rig: Rig) => [`action ${await rig.once(dividedAction)}`];
const INVALID_FILTER = 'Invalid filter';

const ACTION_READER = ordersOf('action reader', enterFound, [
  {
    order: 'command <id>',
    what: 'opens a command of the action',
    lines: async (rig) => [`command ${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`],
    stdout: `ran on agent 'agent-1' based on action 'found by one'`,
  },
  {
    order: 'copy',
    what: 'opens the launcher with the action',
    lines: ['copy'],
    stdout: `using template 'found by one'`,
  },
  {
    order: 'counters',
    what: 'reads the counters again',
    lines: ['counters'],
    stderr: /(1 sent, 1 done, 1 succeeded\s*){2}/,
  },
  {
    order: 'details',
    what: 'shows every field',
    lines: ['details'],
    stdout: [
      /^Name {11}found by one$/m,
      `Target         name='agent-1'`,
      'Status         completed',
      /Investigators {2}Bob Kelso - keyid: [0-9A-F]{40}/,
      'Operations     count=1 => file;',
      'Counters       sent=1; done=1; in flight=0',
      'success=1; cancelled=0; expired=0; failed=0; timeout=0',
    ],
  },
  {
    order: 'investigators',
    what: 'lists who signed',
    lines: ['investigators'],
    stdout: /^Bob Kelso - Key ID: [0-9A-F]{40}$/m,
  },
  {
    order: 'json',
    what: 'prints the action',
    lines: ['json'],
    stdout: ['"name": "found by one"', '"syntaxversion": 2'],
  },
  { order: 'r', what: 'reads the action again', lines: ['r'], stdout: 'reloaded' },
  {
    order: 'times',
    what: 'shows the times',
    lines: ['times'],
    stdout: [/Valid from {3}'20\d\d-.* UTC' until '20/, /Finished on {2}'20\d\d-/],
  },
  { order: 'help', what: 'lists the orders', lines: ['help'], stdout: 'display the counters of the action' },
  { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
  {
    order: 'unknown',
    what: 'an unknown order is reported',
    lines: ['nonsense'],
    stdout: 'You are in action reader mode',
  },
]);

const LISTS = ordersOf('action reader', enterDivided, [
  {
    order: 'list',
    what: 'lists every command',
    lines: ['list'],
    stdout: [`${FINDS} [`, `${FINDS_NOTHING} [`, '2 agents have returned'],
  },
  { order: 'list all', what: 'lists every command', lines: ['list all'], stdout: '2 agents have returned' },
  {
    order: 'list found',
    what: 'lists the commands that found something',
    lines: ['list found'],
    stdout: [`${FINDS} [`, '1 agents have found things'],
    never: new RegExp(`${FINDS_NOTHING} \\[`),
  },
  {
    order: 'list notfound',
    what: 'lists the commands that found nothing',
    lines: ['list notfound'],
    stdout: [`${FINDS_NOTHING} [`, '1 agents have found nothing'],
    never: new RegExp(`${FINDS} \\[`),
  },
  {
    order: 'list | grep',
    what: 'filters',
    lines: ['list | grep ^.*agent-[0-9]'],
    stdout: [`${FINDS_NOTHING} [`, '1 agents have returned'],
  },
  {
    order: 'list | grep -v',
    what: 'filters the rest',
    lines: ['list | grep -v agent'],
    stdout: [`${FINDS} [`, '1 agents have returned'],
  },
  {
    order: 'list found | grep',
    what: 'filters what found something',
    lines: ['list found | grep nobody'],
    stdout: '0 agents have found things',
  },
  {
    order: 'list | grep | grep',
    what: 'filters twice',
    lines: ['list all | grep sim | grep -v sim-1'],
    stdout: [`${FINDS} [`, '1 agents have returned'],
  },
  { order: 'list |', what: 'an unknown filter is reported', lines: ['list | sed x'], stdout: INVALID_FILTER },
  {
    order: 'list |',
    what: 'a wrong expression is reported',
    lines: ['list | grep ['],
    stdout: INVALID_FILTER,
  },
  {
    order: 'results',
    what: 'prints all results',
    lines: ['results'],
    stdout: [`${FINDS_NOTHING} command success`, `${FINDS} command success`],
    stderr: '2 agents have all results',
  },
  {
    order: 'results all',
    what: 'prints all results',
    lines: ['results all'],
    stdout: `${FINDS_NOTHING} command success`,
  },
  {
    order: 'results found',
    what: 'prints what was found',
    lines: ['results found'],
    stderr: '1 agent has found results',
  },
  {
    order: 'results notfound',
    what: 'prints what was not found',
    lines: ['results notfound'],
    stdout: `${FINDS_NOTHING} command success`,
    stderr: '1 agent has notfound results',
  },
  {
    order: 'results',
    what: 'an unknown word is reported by its name',
    lines: ['results some'],
    stderr: `invalid show 'some'`,
    fault: {
      place: 'client/mig-console/action_reader.go, case "results"',
      because: 'it names the word after the wrong one, which is not there',
      symptom: /index out of range/,
    },
  },
]);

export const ACTION_READER_CHECKS: readonly Check[] = [...ACTION_READER, ...LISTS];
