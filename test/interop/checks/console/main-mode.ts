import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../../check.ts';
import { typeInConsole } from '../../console.ts';
import { expectOutput } from '../../expect-output.ts';
import { agentId, commandOf, foundAction, investigatorId } from '../../fixtures.ts';
import { ordersOf } from './order.ts';

const DASHBOARD = [/\* \d+ online agents on \d+ endpoints/, 'Latest Actions:', /\* version \S+: \d+ agents?/];

export const MAIN_MODE_CHECKS: readonly Check[] = [
  ...ordersOf('main', () => [], [
    {
      order: 'start',
      what: 'shows the dashboard',
      lines: [],
      stdout: [...DASHBOARD, 'Connected to http://'],
    },
    {
      order: 'status',
      what: 'shows the dashboard again',
      lines: ['status'],
      stdout: /(Latest Actions:[\s\S]*){2}/,
    },
    {
      order: 'status',
      what: 'lists the latest actions with their investigators',
      lines: async (rig) => [String((await rig.once(foundAction)) && 'status')],
      stdout: /\d{14} {3}found by one {18} {3} {5}1 {3}20\d\d-\S+Z {3}Bob Kelso/,
    },
    {
      order: 'help',
      what: 'lists the orders',
      lines: ['help'],
      stdout: 'The following orders are available',
    },
    {
      order: 'action <id>',
      what: 'opens an action',
      lines: async (rig) => [`action ${await rig.once(foundAction)}`],
      stdout: [`Action: 'found by one'.`, `Launched by 'Bob Kelso`, `Status 'completed'.`],
      stderr: '1 sent, 1 done, 1 succeeded',
    },
    {
      order: 'action',
      what: 'misses its id',
      lines: ['action'],
      stdout: `missing action id in 'action <id>'`,
    },
    {
      order: 'action <id>',
      what: 'an unknown id is reported',
      lines: ['action 12345'],
      stderr: `Action ID '12345' not found`,
    },
    { order: 'action <id>', what: 'a word is no id', lines: ['action x'], stderr: 'invalid syntax' },
    {
      order: 'agent <id>',
      what: 'opens an agent',
      lines: async (rig) => [`agent ${await agentId(rig, 'agent-1')}`],
      stdout: /Agent \d+ named 'agent-1'/,
    },
    {
      order: 'agent <id>',
      what: 'an unknown id is reported',
      lines: ['agent 12345'],
      stderr: `Agent ID '12345' not found`,
    },
    {
      order: 'command <id>',
      what: 'opens a command',
      lines: async (rig) => [`command ${await commandOf(rig, await rig.once(foundAction), 'agent-1')}`],
      stdout: /Command \d+ ran on agent 'agent-1' based on action 'found by one'/,
    },
    {
      order: 'command <id>',
      what: 'an unknown id is reported',
      lines: ['command 12345'],
      stderr: `Command ID '12345' not found`,
    },
    {
      order: 'investigator <id>',
      what: 'opens an investigator',
      lines: async (rig) => [`investigator ${await investigatorId(rig, 'John Smith')}`],
      stdout: /Investigator \d+ named 'John Smith'/,
    },
    {
      order: 'investigator <id>',
      what: 'an unknown id is reported',
      lines: ['investigator 12345'],
      stderr: `Investigator ID '12345' not found`,
    },
    {
      order: 'loader <id>',
      what: 'an unknown id is reported',
      lines: ['loader 12345'],
      stderr: `Loader ID '12345' not found`,
    },
    {
      order: 'manifest <id>',
      what: 'an unknown id is reported',
      lines: ['manifest 12345'],
      stderr: `Manifest ID '12345' not found`,
    },
    { order: 'create', what: 'misses what to create', lines: ['create'], stdout: 'missing order' },
    {
      order: 'create',
      what: 'an unknown word is reported',
      lines: ['create nothing'],
      stdout: `unknown order 'create nothing'`,
    },
    {
      order: 'query <uri>',
      what: 'prints the answer to a whole URL',
      lines: (rig) => [`query ${rig.testbed.stack.api.url}/dashboard`],
      stdout: ['"name":"online agents"', '"version":"1.0"'],
    },
    {
      order: 'query <uri>',
      what: 'completes a path with the base URL',
      lines: ['query dashboard'],
      stdout: '"name":"online agents"',
      fault: {
        place: 'client/mig-console/console.go, case "query"',
        because: 'the base URL is not put before the path, and the failed request ends the console',
        symptom: /unsupported protocol scheme|invalid memory address|lacks/,
      },
    },
    {
      order: 'showcfg',
      what: 'shows the URL of the API and the keys',
      lines: ['showcfg'],
      stdout: [/home = \S+\.gnupg/, /keyid = [0-9A-F]{40}/, 'http://127.0.0.1:'],
    },
    {
      order: 'showcfg',
      what: 'shows the URL of the API as `url`',
      lines: ['showcfg'],
      stdout: /url = http:/,
      fault: {
        place: 'client/mig-console/console.go, case "showcfg"',
        because: 'the values of homedir and url are swapped',
        symptom: /lacks .*url = http/,
      },
    },
    { order: 'history', what: 'lists what was typed', lines: ['help', 'history'], stdout: /history\nhelp\n/ },
    {
      order: 'history <n>',
      what: 'lists as many lines',
      lines: ['status', 'help', 'history 1'],
      stdout: /history 1\nhelp\n[\s\S]*>/,
    },
    { order: 'history <n>', what: 'a word is no number', lines: ['history x'], stderr: 'invalid syntax' },
    { order: 'exit', what: 'ends the console', lines: ['exit'], stdout: 'Gators are going back underwater.' },
    { order: 'ctrl+d', what: 'ends the console', lines: [], stdout: 'Gators are going back underwater.' },
    {
      order: 'unknown',
      what: 'an unknown order is reported',
      lines: ['nonsense'],
      stdout: `Unknown order 'nonsense'`,
    },
    { order: 'tab', what: 'completes an order', lines: ['sta\t'], stdout: /(Latest Actions:[\s\S]*){2}/ },
    {
      order: '-v',
      what: 'shows requests and answers',
      args: ['-v'],
      lines: [],
      stdout: ['debug: GET http://', 'debug: RESPONSE BODY:'],
    },
  ]),
  {
    program: 'mig-console',
    shows: 'main: -q',
    what: '-q: shows the dashboard without the banner',
    fault: {
      place: 'client/mig-console/console.go, main',
      because: 'it closes its own standard output, so that nothing is printed at all',
      symptom: /stdout lacks "Latest Actions:"/,
    },
    run: async (rig) => {
      expectOutput(await rig.run('mig-console', ['-q']), { stdout: 'Latest Actions:', never: /Gators/ });
    },
  },
  {
    program: 'mig-console',
    shows: 'main: -c',
    what: '-c: reads another configuration',
    run: async (rig) => {
      const run = await typeInConsole(rig, ['showcfg'], { args: ['-c', rig.john.migrc] });
      expectOutput(run, { stdout: rig.john.key.fingerprint });
    },
  },
  {
    program: 'mig-console',
    shows: 'main: history',
    what: 'history: is kept in ~/.mig_history',
    run: async (rig) => {
      const env = { HOME: rig.john.home };
      await typeInConsole(rig, ['search help'], { env });
      const file = readFileSync(join(rig.john.home, '.mig_history'), 'utf8');
      if (!file.includes('search help')) throw new Error(`the file has ${JSON.stringify(file)}`);
      expectOutput(await typeInConsole(rig, ['history 1'], { env }), { stdout: /history 1\nsearch help\n/ });
    },
  },
];
