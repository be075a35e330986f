import { AuditRecord } from '../../contract/audit.ts';
import { recordTable } from '../terminal/record-table.ts';

export const AUDIT_TABLE = recordTable('record', AuditRecord, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'at', kind: 'time', of: ({ at }) => at },
  { name: 'kind', kind: 'word', of: ({ kind }) => kind },
  { name: 'outcome', kind: 'word', of: ({ outcome }) => outcome },
  { name: 'objectid', kind: 'id', of: ({ objectid }) => objectid },
  { name: 'actor', kind: 'text', of: ({ actor }) => actor },
  { name: 'fingerprint', kind: 'word', of: ({ fingerprint }) => fingerprint },
  { name: 'isproven', kind: 'word', of: ({ isproven }) => (isproven ? 'yes' : 'no') },
  { name: 'source', kind: 'word', of: ({ source }) => source },
  { name: 'address', kind: 'word', of: ({ address }) => address },
  { name: 'times', kind: 'number', of: ({ times }) => times },
  { name: 'requestid', kind: 'word', of: ({ requestid }) => requestid },
  { name: 'orderid', kind: 'id', of: ({ orderid }) => orderid },
  { name: 'detail', kind: 'text', of: ({ detail }) => JSON.stringify(detail) },
]);
