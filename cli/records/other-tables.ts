import { InvestigatorView } from '../../contract/api-responses.ts';
import { LoaderView } from '../../contract/loader.ts';
import { ManifestView } from '../../contract/manifest.ts';
import { permissionNames } from '../../contract/permissions.ts';
import { recordTable } from '../terminal/record-table.ts';
import { maskOfRecord } from './permission-words.ts';

export const INVESTIGATOR_TABLE = recordTable('investigator', InvestigatorView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  {
    name: 'pgpfingerprint',
    title: 'fingerprint',
    kind: 'word',
    of: (record) => record.pgpfingerprint || null,
  },
  { name: 'lastmodified', title: 'changed', kind: 'time', of: ({ lastmodified }) => lastmodified },
  { name: 'createdat', title: 'created', kind: 'time', isExtra: true, of: ({ createdat }) => createdat },
  {
    name: 'apikey',
    title: 'API key',
    kind: 'word',
    isExtra: true,
    of: ({ apikey }) => (apikey ? 'yes' : 'no'),
  },
  {
    name: 'permissions',
    kind: 'text',
    isExtra: true,
    of: (record) => permissionNames(maskOfRecord(record)).join(', '),
  },
]);

export const MANIFEST_TABLE = recordTable('manifest', ManifestView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'timestamp', title: 'created', kind: 'time', of: ({ timestamp }) => timestamp },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  { name: 'target', kind: 'text', of: ({ target }) => target },
]);

/** The API has `unset` as the agent of a loader that was never used, and the time when it was made, as MIG's has. */
function isUsed({ agentname }: LoaderView): boolean {
  return agentname !== '' && agentname !== 'unset';
}

export const LOADER_TABLE = recordTable('loader', LoaderView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'enabled', kind: 'word', of: ({ enabled }) => (enabled ? 'yes' : 'no') },
  {
    name: 'lastseen',
    title: 'last seen',
    kind: 'time',
    of: (record) => (isUsed(record) ? record.lastseen : null),
  },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  {
    name: 'agentname',
    title: 'agent',
    kind: 'text',
    of: (record) => (isUsed(record) ? record.agentname : null),
  },
]);
