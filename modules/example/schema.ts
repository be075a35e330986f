import { z } from 'zod';
import { goObject, texts } from '../../contract/fields.ts';
import { option } from '../option.ts';

export const Parameters = goObject({
  gethostname: z
    .boolean()
    .default(false)
    .register(option, { flag: 'gethostname', text: 'return the host name' }),
  getaddresses: z
    .boolean()
    .default(false)
    .register(option, { flag: 'getaddresses', text: 'return the addresses of all interfaces' }),
  lookuphost: texts.default([]).register(option, {
    flag: 'lookuphost',
    value: 'name',
    text: 'resolve this name on the endpoint',
    example: 'relay.example.net',
  }),
});
export type Parameters = z.infer<typeof Parameters>;

const DNS_NAME = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

/** Returns the problem with the parameters, in MIG's words; undefined when there is none. */
export function findProblem({ lookuphost }: Parameters): string | undefined {
  if (lookuphost.every((name) => DNS_NAME.test(name))) return undefined;
  return 'ValidateParameters: LookupHost parameter is not a valid FQDN.';
}
