import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_OPERATION } from '../../../../dev/api-caller.ts';
import type { Check } from '../../check.ts';
import { newName } from '../../platform-records.ts';
import type { Rig } from '../../rig.ts';
import { ordersOf } from './order.ts';

export const SEARCH = ['addoperation file', 's1', 'path /etc', 'name ^passwd$', 'done', 'done'];
export const NAME = 'setname from the console';
export const TARGET = `settarget name='agent-1'`;
/** How the modules ask for their parameters. */
const MODULES: Readonly<Record<string, { answers: readonly string[]; stored: RegExp }>> = {
  file: {
    answers: ['s1', 'path /etc', 'name ^passwd$', 'content root', 'maxdepth 2', 'matchall', 'done', 'done'],
    stored: /"names": \[\s+"\^passwd\$"\s+\]/,
  },
  memory: { answers: ['s1', 'name ^init$', 'done', 'done'], stored: /"names": \[\s+"\^init\$"\s+\]/ },
  netstat: {
    answers: ['localip 127.0.0.1', 'listeningport 22', 'done'],
    stored: /"localip": \[\s+"127.0.0.1"\s+\]/,
  },
  ping: {
    answers: ['d 127.0.0.1', 'dp 80', 'p tcp', 'c 1', 't 1', 'done'],
    stored: /"destination": "127.0.0.1"/,
  },
  pkg: { answers: ['name ^bash$', 'version .', 'done'], stored: /"matches": \[\s+"\^bash\$"\s+\]/ },
  sshkey: { answers: ['path /root', 'maxdepth 3', 'done'], stored: /"paths": \[\s+"\/root"\s+\]/ },
  timedrift: { answers: ['5s'], stored: /"drift": "5s"/ },
};

const enter = () => ['create action'];

export const LAUNCHER_CHECKS: readonly Check[] = [
  ...ordersOf(
    'launcher',
    enter,
    Object.entries(MODULES).map(([module, { answers, stored }]) => ({
      order: 'addoperation <module>',
      what: `asks for the parameters of ${module}`,
      lines: [`addoperation ${module}`, ...answers, 'details'],
      stdout: [`Inserting ${module} operation with parameters:`, stored, `1 operations: 0=${module};`],
    })),
  ),
  ...ordersOf('launcher', enter, [
    {
      order: 'addoperation <module>',
      what: 'asks for the parameters of scribe',
      lines: (rig) => ['addoperation scribe', `path ${writePolicy(rig)}`, 'onlytrue true', 'done', 'details'],
      stdout: ['Inserting scribe operation with parameters:', '1 operations: 0=scribe;'],
    },
    {
      order: 'addoperation <module>',
      what: 'an unknown module is reported',
      lines: ['addoperation nothing'],
      stdout: 'is not available in this console',
    },
    {
      order: 'addoperation <module>',
      what: 'a module without questions is reported',
      lines: ['addoperation agentdestroy'],
      stdout: 'does not provide a parameters creator',
    },
    {
      order: 'addoperation',
      what: 'misses its module',
      lines: ['addoperation'],
      stdout: `Expects 'addoperation <module_name>'`,
    },
    {
      order: 'deloperation <n>',
      what: 'removes an operation',
      lines: [...SEARCH, 'deloperation 0', 'details'],
      stdout: '0 operations: ',
    },
    {
      order: 'deloperation <n>',
      what: 'a wrong number is reported',
      lines: ['deloperation 3'],
      stdout: '<opnum> must be a positive integer',
    },
    {
      order: 'setname <name>',
      what: 'keeps the spaces',
      lines: [NAME, 'details'],
      stdout: 'Name     from the console',
    },
    {
      order: 'setname',
      what: 'misses its word',
      lines: ['setname'],
      stdout: `Must be 'setname <some_name>'`,
    },
    {
      order: 'settarget <target>',
      what: 'counts the agents',
      lines: [TARGET],
      stdout: '1 agents will be targetted',
    },
    {
      order: 'settarget <target>',
      what: 'takes a macro',
      lines: ['settarget first', 'details'],
      stdout: [`Target   name='agent-1'`, '1 agents will be targetted'],
    },
    {
      order: 'settarget <target>',
      what: 'nobody is reported',
      lines: [`settarget name='nobody'`],
      stdout: 'no results found',
    },
    {
      order: 'settarget <target>',
      what: 'wrong SQL is reported',
      lines: ['settarget name=='],
      stdout: /error: HTTP \d+/,
    },
    {
      order: 'settarget',
      what: 'misses its word',
      lines: ['settarget'],
      stdout: `Must be 'settarget <some_target_string>'`,
    },
    {
      order: 'listagents',
      what: 'lists the agents of the target',
      lines: [TARGET, 'listagents'],
      stdout: /\d{14} {3}agent-1/,
    },
    { order: 'listagents', what: 'needs a target', lines: ['listagents'], stdout: 'use settarget first' },
    {
      order: 'settimes now <duration>',
      what: 'sets the validity',
      lines: ['settimes now +10m', 'times'],
      stdout: /Valid from {3}'20\d\d-\S+ \S+ \+0000 UTC' until '20\d\d-/,
    },
    {
      order: 'settimes',
      what: 'a wrong duration is reported',
      lines: ['settimes now soon'],
      stdout: `Failed to parse duration 'soon'`,
    },
    {
      order: 'settimes',
      what: 'misses its words',
      lines: ['settimes'],
      stdout: 'Expects settimes <start> <stop',
    },
    {
      order: 'settimes <start> <stop>',
      what: 'sets absolute times, as its example',
      lines: ['settimes 2030-06-30T12:00:00.0Z 2030-06-30T14:00:00.0Z', 'times'],
      stdout: `Valid from   '2030-06-30`,
      fault: {
        place: 'client/mig-console/action_launcher.go, case "settimes"',
        because: 'the layout is written with another date than that of Go, so that no date can be read',
        symptom: /Failed to parse time|lacks "Valid from {3}'2030/,
      },
    },
    {
      order: 'sign',
      what: 'signs',
      lines: [NAME, TARGET, ...SEARCH, 'settimes now +10m', 'sign', 'json'],
      stdout: /"pgpsignatures": \[\s+"wsB/,
    },
    { order: 'sign', what: 'needs the times', lines: ['sign'], stdout: 'Times must be set prior to signing' },
    {
      order: 'compress true',
      what: 'compresses when it signs',
      lines: ['compress true', NAME, ...SEARCH, 'settimes now +10m', 'sign', 'json pack'],
      stdout: '"is_compressed":true',
    },
    {
      order: 'compress false',
      what: 'removes the compression and the signatures',
      lines: ['compress true', NAME, ...SEARCH, 'settimes now +10m', 'sign', 'compress false', 'json pack'],
      stdout: /"pgpsignatures":(null|\[\])/,
    },
    {
      order: 'compress',
      what: 'an unknown word is reported',
      lines: ['compress perhaps'],
      stdout: 'must be true or false',
    },
    {
      order: 'json',
      what: 'prints the action in lines',
      lines: [NAME, 'json'],
      stdout: '  "name": "from the console",',
    },
    {
      order: 'json pack',
      what: 'prints the action in one line',
      lines: [NAME, 'json pack'],
      stdout: '"name":"from the console","target":""',
    },
    {
      order: 'json',
      what: 'an unknown word is reported',
      lines: ['json some'],
      stdout: `Unknown option 'some'`,
    },
    {
      order: 'load <file>',
      what: 'reads an action',
      lines: (rig) => [`load ${writeAction(rig)}`, 'details'],
      stdout: [`Loaded action 'from a file'`, '1 operations: 0=file;'],
    },
    {
      order: 'load <file>',
      what: 'a missing file is reported',
      lines: ['load /no/such/file'],
      stderr: 'no such file or directory',
    },
    { order: 'load', what: 'misses its file', lines: ['load'], stdout: `Expects 'load <path_to_file>'` },
    { order: 'times', what: 'shows unset times', lines: ['times'], stdout: `Valid from   '0001-01-01` },
    {
      order: 'help',
      what: 'lists the orders',
      lines: ['help'],
      stdout: 'append a new operation of type <module>',
    },
    { order: 'exit', what: 'returns to the main mode', lines: ['exit', 'showcfg'], stdout: 'keyid = ' },
    {
      order: 'unknown',
      what: 'an unknown order is reported',
      lines: ['nonsense'],
      stdout: 'You are in action launcher mode',
    },
  ]),
];

export function writeAction({ folder }: Rig): string {
  const path = join(folder, `${newName('action')}.json`);
  const action = {
    name: 'from a file',
    target: `name='agent-1'`,
    operations: [FILE_OPERATION],
    syntaxversion: 2,
  };
  writeFileSync(path, JSON.stringify(action));
  return path;
}

function writePolicy({ folder }: Rig): string {
  const path = join(folder, `${newName('policy')}.json`);
  writeFileSync(path, JSON.stringify(POLICY));
  return path;
}

const POLICY = {
  objects: [{ object: 'passwd', filecontent: { path: '/etc', file: '^passwd$', expression: '^(root):' } }],
  tests: [{ test: 'root-exists', object: 'passwd', regexp: { value: 'root' } }],
};
