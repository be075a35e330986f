import type { ParsedFlags } from '../../contract/go/flags.ts';
import { ipProblem, macProblem, portProblem } from './schema.ts';

/** Returns the first flag that is wrong, and what to write; undefined when there is none. */
export function findFlagMistake(values: ParsedFlags['values']): string | undefined {
  for (const [flag, problemOf, advice] of ADVICE) {
    for (const value of [values[flag] ?? []].flat()) {
      if (problemOf(String(value)) !== undefined) return `-${flag} ${JSON.stringify(value)}: ${advice}`;
    }
  }
  return undefined;
}

const MAC = "write a regular expression, as '^8c:70:'";
const IP = 'write an address or a network, as 10.1.2.3 or 10.0.0.0/8';
const PORT = 'write a port from 1 to 65535, as 443';

const ADVICE: readonly (readonly [string, (value: string) => string | undefined, string])[] = [
  ['lm', macProblem, MAC],
  ['nm', macProblem, MAC],
  ['li', ipProblem, IP],
  ['ni', ipProblem, IP],
  ['ci', ipProblem, IP],
  ['lp', portProblem, PORT],
];
