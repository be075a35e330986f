import { z } from 'zod';
import { goObject } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  destination: z.string().default('').register(option, {
    flag: 'd',
    value: 'host',
    text: 'IPv4 or IPv6 address or host name (default www.google.com)',
    example: '10.1.2.3',
  }),
  destinationport: z
    .number()
    .default(0)
    .register(option, { flag: 'dp', value: 'port', text: 'port, required for tcp and udp', example: '443' }),
  protocol: z
    .string()
    .default('')
    .register(option, { flag: 'p', value: 'protocol', text: 'icmp (default), tcp or udp', example: 'tcp' }),
  count: z
    .number()
    .default(0)
    .register(option, { flag: 'c', value: 'n', text: 'number of probes (default 3)' }),
  timeout: z
    .number()
    .default(0)
    .register(option, { flag: 't', value: 'seconds', text: 'time limit of each probe (default 5)' }),
});
export type Parameters = z.infer<typeof Parameters>;

const PROTOCOLS: readonly string[] = ['icmp', 'tcp', 'udp'];
const MAX_TIMEOUT_SECONDS = 86_400;

/** Returns the first problem, in MIG's order and words (spec/modules/ping.md#parameters); undefined when there is none. */
export function findProblem({ protocol, destinationport, timeout }: Parameters): string | undefined {
  if (!PROTOCOLS.includes(protocol)) return `${protocol} is not a supported ping protocol`;
  if (protocol !== 'icmp' && !(destinationport >= 0 && destinationport <= 65_535)) {
    const port = destinationport.toFixed(0);
    return `${protocol} ping requires a valid destination port between 0 and 65535, got ${port}`;
  }
  if (timeout >= 0 && timeout <= MAX_TIMEOUT_SECONDS) return undefined;
  return `timeout must be between 0 and ${MAX_TIMEOUT_SECONDS} seconds, got ${timeout}`;
}
