import { demoOf } from '../../dev/demo/module-demos.ts';
import { allModules } from '../../modules/all-modules.ts';
import type { Module } from '../../modules/module.ts';

/** A question of a module about the machine that the bench runs on. */
export interface ModuleCase {
  module: string;
  parameters: unknown;
}

/** Questions that read what there is. Other modules are asked the question of their demo. */
const PARAMETERS: Record<string, unknown> = {
  agentdestroy: { operation: 'check' },
  example: { gethostname: true, getaddresses: true },
  // Not every process: MIG's agent searches the shared memory of a database once for each of its processes.
  memory: {
    searches: {
      s1: {
        names: [`^${process.execPath}$`],
        contents: ['BEGIN [A-Z]+ PRIVATE KEY'],
        options: { matchall: true },
      },
    },
  },
  netstat: { connectedip: ['0.0.0.0/0', '::/0'], localip: ['0.0.0.0/0'], neighborip: ['0.0.0.0/0'] },
  ping: { protocol: 'udp', destination: '127.0.0.1', destinationport: 9, count: 1 },
  pkg: { pkgmatch: { matches: ['.'] } },
  process: { searches: { s1: { names: ['.'], options: { matchall: true } } } },
  scribe: {
    scribedoc: {
      objects: [
        { object: 'root', hasline: { path: '/etc', file: '^passwd$', expression: '^root:' } },
        { object: 'openssl', package: { name: '.', collectmatch: 'ssl' } },
      ],
      tests: [
        { test: 'root', object: 'root', exactmatch: { value: 'true' } },
        { test: 'openssl', object: 'openssl', evr: { operation: '<', value: '1:0' } },
      ],
    },
  },
  sshkey: { paths: ['/root/.ssh', '/home', '/etc/ssh'] },
  timedrift: { drift: '' },
  yara: {
    yara: 'rule elf { strings: $a = { 7f 45 4c 46 } condition: $a at 0 }',
    filesearch: '-path /usr/bin -name .',
  },
};

/** Modules that MIG's agent does not have: it would answer at once that it has none. */
const ONLY_OURS: readonly string[] = ['persistence', 'process'];

export function isOnlyOurs(module: string): boolean {
  return ONLY_OURS.includes(module);
}

/** Modules that this bench leaves out, with the reason. */
const LEFT_OUT: Record<string, string> = {
  file: 'npm run bench -- file measures it',
  upgrade: 'npm run bench -- upgrade measures it',
};

export function moduleCases(): ModuleCase[] {
  return allModules()
    .filter((module) => whyLeftOut(module) === undefined)
    .map((module) => ({ module: module.name, parameters: PARAMETERS[module.name] ?? exampleOf(module) }));
}

function exampleOf(module: Module): unknown {
  const { args, parameters } = demoOf(module);
  return args ? module.parseFlags(args) : parameters;
}

/** Undefined for a module that is measured. */
export function whyLeftOut({ name, persistent }: Module): string | undefined {
  return persistent ? 'its process answers at once, as long as the agent runs' : LEFT_OUT[name];
}
