import { z } from 'zod';
import { recordOf } from '../../contract/fields.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { GROUPS, type Group } from './schema.ts';

/** More values than any action can have. */
const MAX_VALUES = 1_000_000;

/** The printed part of a finding. It is parsed, because an agent may send anything. */
const Printed = z.object({
  localmacaddr: z.string().default(''),
  remotemacaddr: z.string().default(''),
  localaddr: z.string().default(''),
  localport: z.number().default(0),
  remoteaddr: z.string().default(''),
  remoteport: z.number().default(0),
  namespace: z.string().default(''),
});
type Printed = z.infer<typeof Printed>;
const Values = recordOf(z.array(Printed).nullable(), MAX_VALUES);

/** How each group prints a finding, and what it calls itself. */
const FORMS: Record<Group, { name: string; found: (finding: Printed) => string }> = {
  localmac: { name: 'localmac', found: (f) => `local mac ${f.localmacaddr}` },
  neighbormac: { name: 'neighbormac', found: (f) => `neighbor mac ${f.remotemacaddr} ${f.remoteaddr}` },
  neighborip: { name: 'neighborIP', found: (f) => `neighbor IP ${f.remoteaddr} ${f.remotemacaddr}` },
  localip: { name: 'localip', found: (f) => `local ip ${f.localaddr}` },
  connectedip: {
    name: 'connectedip',
    found: (f) =>
      `connected tuple ${f.remoteaddr}:${f.remoteport} with local tuple ${f.localaddr}:${f.localport}`,
  },
  listeningport: { name: 'listeningport', found: (f) => `listening port ${f.localport}` },
};

/** Formats a result as MIG does (spec/modules/netstat.md#printed-lines). `foundOnly` omits values without a finding. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const elements = (result.elements ?? {}) as Partial<Record<Group, unknown>>;
  const lines = GROUPS.flatMap((group) => {
    const values = elements[group];
    return values === undefined ? [] : printGroup(group, { values: Values.parse(values), foundOnly });
  });
  if (foundOnly) return lines;
  const errors = (result.errors ?? []).map((error) => `error: ${error}`);
  return [...lines, ...errors, printStatistics(result)];
}

/** What was found, without the local ends of connections, which are others on each endpoint and each time. */
export function printStable({ elements }: ModuleResult): string[] {
  const values = (elements ?? {}) as Partial<Record<Group, unknown>>;
  return GROUPS.flatMap((group) => {
    const found = values[group];
    if (found === undefined) return [];
    if (group !== 'connectedip') return printGroup(group, { values: Values.parse(found), foundOnly: true });
    return Object.entries(Values.parse(found)).flatMap(([value, findings]) =>
      (findings ?? []).map(
        (finding) =>
          `found connection to ${finding.remoteaddr}:${finding.remoteport} for netstat connectedip:'${value}'${printNamespace(finding)}`,
      ),
    );
  });
}

function printGroup(
  group: Group,
  { values, foundOnly }: { values: z.infer<typeof Values>; foundOnly: boolean },
): string[] {
  const { name, found } = FORMS[group];
  return Object.entries(values).flatMap(([value, findings]) => {
    const where = `for netstat ${name}:'${value}'`;
    if (findings?.length) {
      return findings.map((finding) => `found ${found(finding)} ${where}${printNamespace(finding)}`);
    }
    return foundOnly || group === 'localmac' ? [] : [`did not find anything ${where}`];
  });
}

function printNamespace({ namespace }: Printed): string {
  return namespace === '' || namespace === 'default' ? '' : ` namespace:[${namespace}]`;
}

function printStatistics({ statistics }: ModuleResult): string {
  const { totalhits, examined, exectime } = (statistics ?? {}) as Record<string, number | string | undefined>;
  return `Statistics: total hits ${totalhits ?? 0} examined ${examined ?? 0} items exectime ${exectime ?? ''}`;
}
