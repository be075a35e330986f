import { EMPTY_RESULT } from '../../contract/module-result.ts';
import { defineModule } from '../define-module.ts';
import { Flags } from './flags.ts';
import { printResult, printStable } from './print.ts';
import { Parameters } from './schema.ts';
import { searchRules } from './search-rules.ts';

export const process = defineModule({
  name: 'process',
  summary: 'search the running processes by name, path, user, time, command line, open files and sockets',
  parameters: Parameters,
  described: Flags,
  ...searchRules,
  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).processRun,
  about: {
    intro: `A process matches when it passes every check of the search (see -matchany). Regular expressions use RE2 syntax. This
module is new: agents of the original MIG lack it.`,
    notes: `Threads of the kernel have a name and no path. A process that ends during the search is left out. -socket compares one
socket at a time: 'remote 10.0.0.0/8:443' finds a connection to that network and port, ':22' one with either end at port 22,
'[2001:db8::/32]' an IPv6 network. Sockets are searched in the network namespace of each process. -file compares the files
that are open, not those that are mapped into memory (see the module memory, -lib).

An agent without the rights of root cannot read the path, open files or sockets of other users: errors say of how many. The
errors also name what cut the answer: -matchlimit, the time, or the size of a result.

An action file has the same parameters, in lists: {"searches": {"s1": {"names": ["^sshd$"], "options": {"matchall": true}}}}.`,
    platforms: {
      linux: 'complete',
      darwin: 'not supported',
      windows: 'not supported',
    },
    privacy: `Pid, name, path, user and start time of each match, and the checks that it passed. Never command lines, environments,
or names of files and addresses that the investigator did not ask for. Extra privacy mode masks name, path and user.`,
    example: {
      question: 'Which processes run a program that was deleted, and talk to the outside?',
      args: ['-deleted', '-socket', 'remote :443'],
      result: {
        ...EMPTY_RESULT,
        foundanything: true,
        success: true,
        elements: {
          s1: [
            {
              pid: 31_337,
              name: 'kworker',
              path: '/tmp/.x/kworker',
              user: 'www-data',
              started: '2026-11-28T03:12:44Z',
              checks: ["deleted='true'", "socket='remote :443'"],
            },
          ],
        },
        statistics: { processcount: 143, totalhits: 1, exectime: '84.1ms' },
      },
    },
  },
});
