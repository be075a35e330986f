import type { RecordType } from '../search/search-filters.ts';
import type { RecordTable } from '../terminal/record-table.ts';
import { ACTION_TABLE } from './action-table.ts';
import { AGENT_TABLE } from './agent-table.ts';
import { COMMAND_TABLE } from './command-table.ts';
import { INVESTIGATOR_TABLE, LOADER_TABLE, MANIFEST_TABLE } from './other-tables.ts';

export const TABLES: Record<RecordType, RecordTable> = {
  action: ACTION_TABLE,
  command: COMMAND_TABLE,
  agent: AGENT_TABLE,
  investigator: INVESTIGATOR_TABLE,
  manifest: MANIFEST_TABLE,
  loader: LOADER_TABLE,
};

/** What `mig list` calls them. */
export const PLURALS = {
  actions: 'action',
  commands: 'command',
  agents: 'agent',
  investigators: 'investigator',
  manifests: 'manifest',
  loaders: 'loader',
} as const satisfies Record<string, RecordType>;
export type Plural = keyof typeof PLURALS;

/** The order in which the API returns them. */
export const ORDERS: Record<RecordType, string> = {
  action: 'newest first',
  command: 'newest first',
  agent: 'by id (with -t by queueloc)',
  investigator: 'by id',
  manifest: 'newest first',
  loader: 'by name',
};
