import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Flags, findFlagMistake, toParameters } from './flags.ts';
import { printResult, printStable } from './print.ts';
import { Parameters } from './schema.ts';
import { findExcess, findMistake, findProblem, findProblemInSteps } from './validate.ts';

export const memory = defineModule({
  name: 'memory',
  summary: 'search the memory of running processes for texts, bytes, names and libraries',
  parameters: Parameters,
  described: Flags,
  findProblem,
  findProblemInSteps,
  findExcess,
  findFlagMistake,
  findMistake,
  toParameters,
  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).memoryRun,
  about: {
    intro: `A process matches when it passes every check of the search (see -matchany). Its name is the path of its executable; every
file that it maps counts as a library. Regular expressions use RE2 syntax.`,
    notes: `A byte string is found wherever it is. A content check is compared with windows of 4096 bytes that overlap by half, so a
match of up to 2048 bytes is always found, and a longer one may be missed. Bytes that are not UTF-8 are compared as U+FFFD.
The fastest patterns contain a text of three characters or more, as 'BEGIN RSA'.

Not read: memory that a process reserved and never touched, memory of devices, and the memory of the module and of the agent
that started it, since both contain the search. Another program that knows the search may be found: an editor, a shell, a
second agent. Processes over 1 GB are searched last, and a search ends shortly before its time is over: the errors name
where. Processes that the system does not let the agent read are listed as failures.`,
    platforms: {
      linux: 'complete',
      darwin: 'not supported',
      windows: 'not supported',
    },
    privacy: `Path of the executable and pid of each match, and the checks of the search. Never memory. Extra privacy mode masks
nothing.`,
    example: {
      question: 'Which machines have a private key in the memory of a web server?',
      args: ['-name', '/(nginx|httpd)$', '-content', 'BEGIN [A-Z]+ PRIVATE KEY'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          s1: [
            {
              process: { name: '/usr/sbin/nginx', pid: 812 },
              search: {
                contents: ['BEGIN [A-Z]+ PRIVATE KEY'],
                names: ['/(nginx|httpd)$'],
                options: { matchall: true },
              },
            },
          ],
        },
        statistics: { processcount: 143, memoryread: 41_271_296, totalhits: 1, exectime: '1.204s' },
      },
    },
  },
});
