import { z } from 'zod';
import { goObject, texts } from '../../contract/fields.ts';
import { parseNetwork } from '../../contract/go/ip-network.ts';
import { atOnce } from '../../platform/async/at-once.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  localmac: texts.optional().register(option, {
    flag: 'lm',
    value: 'regex',
    text: 'hardware addresses of local interfaces, in any case',
    example: '^8c:70:',
  }),
  neighbormac: texts.optional().register(option, {
    flag: 'nm',
    value: 'regex',
    text: 'hardware addresses in the ARP table, in lower case',
    example: '^8c:70:',
  }),
  localip: texts.optional().register(option, {
    flag: 'li',
    value: 'ip or cidr',
    text: 'addresses of local interfaces',
    example: '10.0.0.0/8',
  }),
  neighborip: texts.optional().register(option, {
    flag: 'ni',
    value: 'ip or cidr',
    text: 'addresses in the ARP table',
    example: '10.1.2.3',
  }),
  connectedip: texts.optional().register(option, {
    flag: 'ci',
    value: 'ip or cidr',
    text: 'remote addresses of sockets',
    example: '2001:db8::/32',
  }),
  listeningport: texts.optional().register(option, {
    flag: 'lp',
    value: 'port',
    text: 'local ports of sockets, listening or not',
    example: '443',
  }),
  namespaces: z
    .boolean()
    .optional()
    .register(option, { flag: 'namespaces', text: 'look into every network namespace (Linux)' }),
});
export type Parameters = z.infer<typeof Parameters>;

/** The groups of a result, in MIG's order of printing. */
export const GROUPS = [
  'localmac',
  'neighbormac',
  'neighborip',
  'localip',
  'connectedip',
  'listeningport',
] as const;
export type Group = (typeof GROUPS)[number];

/** Returns the first problem, in MIG's order and words (spec/modules/netstat.md#parameters); undefined when there is none. */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every value: compiling a pattern takes up to tens of milliseconds. */
export function* findProblemInSteps(parameters: Parameters): Generator<void, string | undefined> {
  for (const [group, problemOf] of CHECKS) {
    for (const value of parameters[group] ?? []) {
      const problem = problemOf(value);
      if (problem !== undefined) return problem;
      yield;
    }
  }
  return undefined;
}

/** In MIG's order of validation. */
const CHECKS: readonly (readonly [Group, (value: string) => string | undefined])[] = [
  ['localmac', macProblem],
  ['neighbormac', macProblem],
  ['neighborip', ipProblem],
  ['localip', ipProblem],
  ['connectedip', ipProblem],
  ['listeningport', portProblem],
];

export function macProblem(regex: string): string | undefined {
  try {
    compilePattern(regex);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `Invalid MAC regexp '${regex}'. Compilation failed with '${why}'. Must be a valid regular expression.`;
  }
}

export function ipProblem(value: string): string | undefined {
  if (parseNetwork(value)) return undefined;
  // A slash in front makes an address of it, not a network.
  if (value.indexOf('/') < 1) return `invalid IPv{4,6} ${value}. Must be an IP or a CIDR.`;
  return `invalid IPv{4,6} CIDR ${value}: invalid CIDR address: ${value}. Must be an IP or a CIDR.`;
}

export function portProblem(value: string): string | undefined {
  const port = parsePort(value);
  if (Number.isNaN(port)) return `${value} is not a valid port`;
  if (port >= 0 && port <= 65_535) return undefined;
  return 'port out of range. must be between 1 and 65535';
}

/** NaN for a text that is no decimal number of 64 bits. */
export function parsePort(text: string): number {
  const port = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(port) < 2 ** 63 ? port : Number.NaN;
}
