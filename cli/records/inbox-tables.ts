import { z } from 'zod';
import { InboxEntryView } from '../../contract/inbox/entry.ts';
import { lackOf } from '../terminal/inbox-line.ts';
import { type RecordColumn, recordTable } from '../terminal/record-table.ts';

/** Whose turn an entry is for one investigator, in the order of a list. */
export const TURNS = ['yours to sign', 'submitted by you', 'signed by you', 'for others'] as const;
export type Turn = (typeof TURNS)[number];

/** An entry of the inbox, and whose turn it is. */
const ListedEntry = InboxEntryView.extend({ turn: z.enum(TURNS) });
type ListedEntry = z.infer<typeof ListedEntry>;

const EXTRA: readonly RecordColumn<ListedEntry>[] = [
  { name: 'target', kind: 'text', isExtra: true, of: ({ target }) => target },
  { name: 'modules', kind: 'text', isExtra: true, of: ({ modules }) => modules.join(' ') },
  {
    name: 'signers',
    kind: 'text',
    isExtra: true,
    of: ({ signers }) => signers.map(({ name }) => name).join(', '),
  },
  {
    name: 'submittedat',
    title: 'submitted',
    kind: 'time',
    isExtra: true,
    of: ({ submittedat }) => submittedat,
  },
  { name: 'validfrom', title: 'valid from', kind: 'time', isExtra: true, of: ({ validfrom }) => validfrom },
];

/** Entries that wait for a signature. */
export const WAITING_TABLE = recordTable('entry', ListedEntry, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'turn', kind: 'word', of: ({ turn }) => turn },
  { name: 'expireafter', title: 'until', kind: 'time', of: ({ expireafter }) => expireafter },
  { name: 'lacks', kind: 'text', of: lackOf },
  { name: 'submittedby', title: 'by', kind: 'text', of: ({ submittedby }) => submittedby.name },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  ...EXTRA,
]);

/** Entries that have ended. */
export const ENDED_TABLE = recordTable('entry', ListedEntry, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'state', kind: 'word', of: ({ state }) => state },
  { name: 'actionid', title: 'action', kind: 'id', of: ({ actionid }) => actionid },
  { name: 'endedat', title: 'ended', kind: 'time', isOptional: true, of: ({ endedat }) => endedat },
  { name: 'endedby', title: 'ended by', kind: 'text', of: ({ endedby }) => endedby?.name ?? null },
  { name: 'reason', kind: 'text', of: ({ reason }) => reason },
  { name: 'submittedby', title: 'by', kind: 'text', of: ({ submittedby }) => submittedby.name },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  ...EXTRA,
]);
