import { defineModule } from '../define-module.ts';
import { EXAMPLE } from './example.ts';
import { findExcess } from './excess.ts';
import { findFlagMistake } from './flag-mistakes.ts';
import { printResult, printStable } from './print.ts';
import { findProblem, findProblemInSteps, Parameters } from './schema.ts';

export const netstat = defineModule({
  name: 'netstat',
  summary: 'find hardware and IP addresses, neighbors, connections and ports',
  parameters: Parameters,
  findProblem,
  findProblemInSteps,
  findExcess,
  findFlagMistake,

  // MIG's command line always sends this one.
  toParameters: ({ lm, nm, li, ni, ci, lp, namespaces = false }) => ({
    localmac: lm,
    neighbormac: nm,
    localip: li,
    neighborip: ni,
    connectedip: ci,
    listeningport: lp,
    namespaces,
  }),

  print: printResult,
  printStable,
  loadRun: async () => (await import('./run.ts')).netstatRun,
  about: {
    intro: `Compares the endpoint's interfaces, ARP table and sockets with the given addresses and ports. Each value has
its own list of findings. On Linux the tables are read from /proc and /sys, line by line, however many sockets there are.`,
    notes: `An address is IPv4 or IPv6; a network such as 10.0.0.0/8 stands for all its addresses. IPv4 addresses that are
mapped into IPv6 count as IPv4, and are printed as IPv4. The total hits of the statistics are always 0, as in MIG.

-lp does not look at the state of a socket: outgoing connections from the port are findings, too. Listening
sockets have the remote address 0.0.0.0 or ::, so -ci 0.0.0.0 finds them.

Without -namespaces only the network namespace of the agent is searched; with it, every one that a process runs in. The
ARP table has no IPv6 neighbors, and an error says so when an IPv6 neighbor is wanted. IPv4 addresses of interfaces that
are down are not seen.`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run; without namespaces',
      windows: 'written, never run; without namespaces',
    },
    privacy: `Hardware addresses, IP addresses and ports that match the search, and the searched values. Extra privacy
mode masks the remote addresses of connections.`,
    example: EXAMPLE,
  },
});
