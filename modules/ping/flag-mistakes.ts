import type { ParsedFlags } from '../../contract/go/flags.ts';
import { isCount, isPort, isTimeout, MAX_TIMEOUT_SECONDS, PROTOCOLS } from './schema.ts';

/** Returns the first flag that is wrong or missing, and what to write; undefined when there is none. */
export function findFlagMistake({ p = 'icmp', dp, c, t }: ParsedFlags['values']): string | undefined {
  const protocol = String(p);
  if (!PROTOCOLS.includes(protocol)) return `-p ${JSON.stringify(p)}: write icmp, tcp or udp`;
  if (protocol !== 'icmp') {
    if (dp === undefined) return `-dp is missing: ${protocol} needs a port, as -dp 443`;
    if (!isPort(Number(dp))) return `-dp ${dp}: write a port from 0 to 65535, as 443`;
  }
  if (c !== undefined && !isCount(Number(c))) return `-c ${c}: write a whole number of probes, as 3`;
  if (t !== undefined && !isTimeout(Number(t)))
    return `-t ${t}: write a number of seconds from 0 to ${MAX_TIMEOUT_SECONDS}, as 5`;
  return undefined;
}
