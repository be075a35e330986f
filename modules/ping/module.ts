import { defineModule } from '../define-module.ts';
import { findFlagMistake } from './flag-mistakes.ts';
import { printResult } from './print.ts';
import { findMistake, findProblem, Parameters } from './schema.ts';

export const ping = defineModule({
  name: 'ping',
  summary: 'test whether a host can be reached by icmp, tcp or udp',
  parameters: Parameters,
  findProblem,
  findMistake,
  findFlagMistake,
  // MIG's defaults; without -dp the protocols tcp and udp are refused.
  toParameters: ({ d = 'www.google.com', dp = -1, p = 'icmp', c = 3, t = 5 }) => ({
    destination: d,
    destinationport: dp,
    protocol: p,
    count: c,
    timeout: t,
  }),
  print: printResult,
  loadRun: async () => (await import('./run.ts')).pingRun,
  about: {
    intro: `Tests from the endpoint whether a host can be reached, with a number of probes and a pause of 100 ms after each.
icmp sends echo requests, and counts only replies to them. tcp connects and closes the connection. udp sends a datagram; a
host that does not answer may have received it, and counts as found.`,
    notes: `-p, -c and -t are flags of the module after -d or -dp, and options of mig before: mig ping -t "os='linux'" -d host -t 2.

icmp needs root or CAP_NET_RAW, or a group of the agent in net.ipv4.ping_group_range; an error says so when all are
missing. It uses IPv6 only when -d is an IPv6 address.`,
    platforms: {
      linux: 'complete',
      darwin: 'written, never run',
      windows: 'tcp and udp written, never run; icmp not supported',
    },
    privacy: `The destination, its address, and the latency of each probe. The endpoint sends packets to the destination,
and may ask its DNS server for the name. Extra privacy mode masks nothing.`,
    example: {
      question: 'Which machines can still reach the retired proxy?',
      args: ['-d', 'proxy.example.net', '-p', 'tcp', '-dp', '3128'],
      result: {
        foundanything: true,
        success: true,
        elements: {
          latencies: [26.4, 21.02, -1],
          protocol: 'tcp',
          resolvedhost: 'proxy.example.net:3128 (198.51.100.7)',
          failures: null,
        },
        statistics: null,
        errors: null,
      },
    },
  },
});
