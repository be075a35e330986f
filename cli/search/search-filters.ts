import { SEARCH_TYPES } from '../../contract/api/search.ts';
import {
  ACTION_STATUSES,
  AGENT_STATUSES,
  COMMAND_STATUSES,
  INVESTIGATOR_STATUSES,
  MANIFEST_STATUSES,
} from '../../contract/statuses.ts';

export type RecordType = (typeof SEARCH_TYPES)[number];

type FilterKind = 'id' | 'pattern' | 'status' | 'time' | 'switch';

interface Filter {
  kind: FilterKind;
  types: readonly RecordType[];
}

/** Records that belong together through the commands: each can be found by what is known of the others. */
const JOINED: readonly RecordType[] = ['action', 'command', 'agent', 'investigator'];

/** The parameters of the API that select records (spec/api.md#search), with the types that have them. */
const FILTERS = {
  status: { kind: 'status', types: [...JOINED, 'manifest'] },
  after: { kind: 'time', types: SEARCH_TYPES },
  before: { kind: 'time', types: SEARCH_TYPES },
  actionid: { kind: 'id', types: JOINED },
  actionname: { kind: 'pattern', types: JOINED },
  commandid: { kind: 'id', types: JOINED },
  agentid: { kind: 'id', types: JOINED },
  agentname: { kind: 'pattern', types: [...JOINED, 'loader'] },
  agentversion: { kind: 'pattern', types: JOINED },
  investigatorid: { kind: 'id', types: JOINED },
  investigatorname: { kind: 'pattern', types: JOINED },
  threatfamily: { kind: 'pattern', types: JOINED },
  foundanything: { kind: 'switch', types: ['command'] },
  haserrors: { kind: 'switch', types: ['command'] },
  manifestid: { kind: 'id', types: ['manifest'] },
  manifestname: { kind: 'pattern', types: ['manifest'] },
  loaderid: { kind: 'id', types: ['loader'] },
  loadername: { kind: 'pattern', types: ['loader'] },
} as const satisfies Record<string, Filter>;
type SearchParameter = keyof typeof FILTERS;
const PARAMETERS = Object.keys(FILTERS) as SearchParameter[];

/** The statuses that a search can ask for. Loaders have none. */
export const STATUSES: Record<RecordType, readonly string[]> = {
  action: ACTION_STATUSES,
  command: COMMAND_STATUSES,
  agent: AGENT_STATUSES,
  investigator: INVESTIGATOR_STATUSES,
  manifest: MANIFEST_STATUSES,
  loader: [],
};

/** Short names of a type's own parameters. MIG takes the name of a command for that of its action. */
const ALIASES: Record<RecordType, Readonly<Record<string, SearchParameter>>> = {
  action: { name: 'actionname', id: 'actionid' },
  command: { name: 'actionname', id: 'commandid' },
  agent: { name: 'agentname', id: 'agentid', version: 'agentversion' },
  investigator: { name: 'investigatorname', id: 'investigatorid' },
  manifest: { name: 'manifestname', id: 'manifestid' },
  loader: { name: 'loadername', id: 'loaderid' },
};

export interface NamedFilter {
  /** As people type it. */
  name: string;
  parameter: SearchParameter;
  kind: FilterKind;
}

/** The filters of a type by all names that people may type, short ones first. */
export function filtersOf(type: RecordType): NamedFilter[] {
  const short = Object.entries(ALIASES[type]);
  const long = PARAMETERS.filter((name) => hasFilter(type, name)).map((name) => [name, name] as const);
  return [...short, ...long].map(([name, parameter]) => ({ name, parameter, kind: FILTERS[parameter].kind }));
}

/** The names of the filters of all types. */
export function allFilterNames(): string[] {
  return [...new Set(SEARCH_TYPES.flatMap((type) => filtersOf(type).map(({ name }) => name)))];
}

function hasFilter(type: RecordType, name: SearchParameter): boolean {
  const { types }: Filter = FILTERS[name];
  return types.includes(type);
}
