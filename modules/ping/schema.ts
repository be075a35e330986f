import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  destination: z.string().default('').register(option, {
    flag: 'd',
    value: 'host',
    text: 'IPv4 or IPv6 address or host name, by default www.google.com',
    example: '10.1.2.3',
  }),
  destinationport: z
    .number()
    .default(0)
    .register(option, { flag: 'dp', value: 'port', text: 'port, required for tcp and udp', example: '443' }),
  protocol: z.string().default('').register(option, {
    flag: 'p',
    value: 'protocol',
    text: 'icmp, tcp or udp; default icmp',
    example: 'tcp',
  }),
  count: z
    .number()
    .default(0)
    .register(option, { flag: 'c', value: 'n', text: 'number of probes; default 3' }),
  timeout: z
    .number()
    .default(0)
    .register(option, { flag: 't', value: 'seconds', text: 'time limit of each probe; default 5' }),
});
export type Parameters = z.infer<typeof Parameters>;

export const PROTOCOLS: readonly string[] = ['icmp', 'tcp', 'udp'];
export const MAX_TIMEOUT_SECONDS = 86_400;

/** Returns the first problem, in MIG's order and words (spec/modules/ping.md#parameters); undefined when there is none. */
export function findProblem({ protocol, destinationport, timeout }: Parameters): string | undefined {
  if (!PROTOCOLS.includes(protocol)) return `${protocol} is not a supported ping protocol`;
  if (protocol !== 'icmp' && !isPort(destinationport)) {
    const port = destinationport.toFixed(0);
    return `${protocol} ping requires a valid destination port between 0 and 65535, got ${port}`;
  }
  if (isTimeout(timeout)) return undefined;
  return `timeout must be between 0 and ${MAX_TIMEOUT_SECONDS} seconds, got ${timeout}`;
}

/** Returns a count that MIG accepts, and with which it sends nothing or another number of probes. */
export function findMistake({ count }: Parameters): string | undefined {
  return isCount(count)
    ? undefined
    : `count must be a whole number of probes, 0 for the default, got ${count}`;
}

export function isPort(port: number): boolean {
  return port >= 0 && port <= 65_535;
}

export function isTimeout(seconds: number): boolean {
  return seconds >= 0 && seconds <= MAX_TIMEOUT_SECONDS;
}

export function isCount(count: number): boolean {
  return Number.isSafeInteger(count) && count >= 0;
}
