import { lookup } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import type { ModuleResult } from '../../contract/module-result.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS, type RunContext } from '../module.ts';
import { lookUpHosts } from './look-up-hosts.ts';
import { findProblem, Parameters } from './schema.ts';

/** The part of the result that is not for look-ups: the name and the addresses of the machine itself, and the frame. */
const RESERVED_BYTES = 64 * 1024;
const LOOPBACK: readonly string[] = ['127.0.0.1/8', '::1/128'];

/** Returns what the parameters ask for (spec/modules/example.md#result). */
export const exampleRun = defineRun({ parameters: Parameters, findProblem, run });

async function run(
  { gethostname, getaddresses, lookuphost }: Parameters,
  { terms = NO_TERMS }: RunContext,
): Promise<ModuleResult> {
  const addresses = getaddresses ? readAddresses() : [];
  const looked = await lookUpHosts({
    names: [...new Set(lookuphost)],
    terms: { endsAtMs: terms.endsAtMs, maxBytes: terms.maxBytes - RESERVED_BYTES },
    lookUp,
  });
  const stufffound = (gethostname ? 1 : 0) + addresses.length;
  const errors = [...looked.errors, ...looked.limits];
  return {
    foundanything: stufffound > 0,
    success: true,
    // An undefined field is left out of the JSON.
    elements: {
      hostname: gethostname ? hostname() : undefined,
      addresses: addresses.length > 0 ? addresses : undefined,
      lookeduphost: Object.keys(looked.addresses).length > 0 ? looked.addresses : undefined,
    },
    statistics: { stufffound },
    errors: errors.length > 0 ? errors : null,
    // MIG's own programs compare results by the keys that they know.
    limits: looked.limits.length === 0 || terms.asMig ? undefined : looked.limits,
  };
}

function readAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .flatMap(({ cidr }) => cidr ?? [])
    .filter((cidr) => !LOOPBACK.includes(cidr));
}

async function lookUp(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
