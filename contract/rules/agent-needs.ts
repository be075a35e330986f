import type { Capability } from '../capabilities.ts';
import { foldKey } from '../go/struct-fields.ts';

/** Something that an agent must have announced before it is sent an action. */
export interface AgentNeed {
  kind: 'module' | 'capability';
  name: string;
  /** As people read it. */
  text: string;
}

/** The modules that every agent has whose heartbeat has no list of modules: such an agent is older than the list. */
export const MODULES_WITHOUT_LIST: readonly string[] = ['agentdestroy', 'file', 'netstat'];

/** Names that no agent lists, and that our agents still understand (modules/former-names.ts). */
const FORMER_MODULES: readonly string[] = ['connected'];

/** More operations in one action make MIG's agents hang. */
const MAX_MIG_OPERATIONS = 6;

interface Addition {
  capability: Capability;
  text: string;
  /** The parameters of the addition; `*` stands for any name. */
  fields: readonly string[];
}

/** Additions to the parameters of MIG's modules. MIG's agents ignore keys that they do not know, so a search would widen. */
const ADDITIONS: ReadonlyMap<string, readonly Addition[]> = new Map([
  [
    'file',
    [
      {
        capability: 'file-attributes',
        text: 'searches by owner, group, permissions, ctime or birth time',
        fields: [
          'searches.*.owners',
          'searches.*.groups',
          'searches.*.perms',
          'searches.*.ctimes',
          'searches.*.btimes',
        ],
      },
      {
        capability: 'file-scope',
        text: 'excluded paths, or staying on one file system',
        fields: ['searches.*.excludes', 'searches.*.excluderegexes', 'searches.*.options.xdev'],
      },
      {
        capability: 'file-count',
        text: 'counts without names',
        fields: ['searches.*.options.count'],
      },
      {
        capability: 'file-maxtime',
        text: 'a time budget for a search',
        fields: ['searches.*.options.maxtime'],
      },
    ],
  ],
]);

/**
 * Returns what an agent must have announced to run these operations. Their parameters must be inflated: of parameters that
 * nobody can read, every addition of their module is assumed.
 */
export function needsOf(operations: readonly { module: string; parameters: unknown }[]): AgentNeed[] {
  const named = [...new Set(operations.map(({ module }) => module))];
  const modules = named.filter((name) => !FORMER_MODULES.includes(name));
  const additions = new Set(operations.flatMap(additionsIn));
  return [
    ...modules.map((name): AgentNeed => ({ kind: 'module', name, text: `the module ${name}` })),
    ...(modules.length < named.length ? [FORMER_NAMES] : []),
    ...(operations.length > MAX_MIG_OPERATIONS ? [MANY_OPERATIONS] : []),
    ...[...additions].map(({ capability, text }) => capabilityNeed(capability, text)),
  ];
}

const FORMER_NAMES = capabilityNeed(
  'former-modules',
  `the name ${FORMER_MODULES.join(', ')} of a former module`,
);
const MANY_OPERATIONS = capabilityNeed('many-operations', `more than ${MAX_MIG_OPERATIONS} operations`);

function capabilityNeed(capability: Capability, text: string): AgentNeed {
  return { kind: 'capability', name: capability, text: `${capability} (${text})` };
}

function additionsIn({ module, parameters }: { module: string; parameters: unknown }): Addition[] {
  const additions = ADDITIONS.get(module) ?? [];
  if (parameters === null || parameters === undefined) return [];
  if (typeof parameters !== 'object') return [...additions];
  return additions.filter(({ fields }) => fields.some((field) => isUsed(parameters, field.split('.'))));
}

/** Whether some value is set at the path. Names ignore case, as in Go; null, false, zero and empty values count as absent. */
function isUsed(value: unknown, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return isSet(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, item]) => (name === '*' || foldKey(key) === name) && isUsed(item, rest),
  );
}

function isSet(value: unknown): boolean {
  return Boolean(value) && !(Array.isArray(value) && value.length === 0);
}

/** The error in the result of a command that its agent cannot run starts so. */
export const UNSUPPORTED = 'unsupported: the agent has not announced ';
