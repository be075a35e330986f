import { parseAction } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';
import { RawJson } from '../../contract/go/json.ts';
import type { InboxState } from '../../contract/inbox/entry.ts';
import { entryById, listEntries } from '../../platform/postgres/queries/inbox/entries.ts';
import { inboxSignatures } from '../../platform/postgres/queries/inbox/signatures.ts';
import type { ApiDeps } from '../context.ts';
import { toInboxEntry } from '../records/to-inbox-entry.ts';
import { loadPublishedAcl } from './published-acl.ts';
import { requireEntry } from './require-entry.ts';

/** The most entries of one answer: each has a note and signatures. */
const MAX_PAGE = 1000;

/** An entry with its signed action and what its first signer saw. */
export async function loadEntry({ pool }: ApiDeps, id: number) {
  const row = requireEntry(id, await entryById(pool, id));
  const signatures = await inboxSignatures(pool, [id]);
  const acl = await loadPublishedAcl(pool);
  const pgpsignatures = signatures.map(({ signature }) => signature);
  return {
    entry: toInboxEntry(row, { signatures, acl }),
    action: new RawJson(actionText({ ...parseAction(row.action), pgpsignatures })),
    note: { document: row.note, signature: row.notesignature },
  };
}

export async function loadEntries(
  { pool }: ApiDeps,
  { state, limit, offset }: { state: InboxState; limit: number; offset: number },
) {
  const rows = await listEntries(pool, { state, limit: Math.min(limit, MAX_PAGE), offset });
  const signatures = await inboxSignatures(
    pool,
    rows.map(({ id }) => id),
  );
  const acl = await loadPublishedAcl(pool);
  return rows.map((row) => {
    const own = signatures.filter(({ inboxid }) => inboxid === row.id);
    return toInboxEntry(row, { signatures: own, acl });
  });
}
