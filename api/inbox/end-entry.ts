import { MigError } from '../../contract/errors.ts';
import { endEntry, type InboxRow, lockEntry } from '../../platform/postgres/queries/inbox/entries.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { requireEntry, requireWaiting } from './require-entry.ts';

interface Ending {
  id: number;
  caller: AuditCaller;
}

/** Ends an entry of somebody else for good, with a reason. */
export async function declineEntry(deps: ApiDeps, ending: Ending & { reason: string }): Promise<void> {
  const { reason } = ending;
  await endWaiting(deps, ending, (entry) => {
    if (isOwn(entry, ending)) throw new MigError('conflict', `entry ${entry.id} is yours: withdraw it`);
    return { state: 'declined', reason };
  });
}

/** Ends an own entry for good. */
export async function withdrawEntry(deps: ApiDeps, ending: Ending): Promise<void> {
  await endWaiting(deps, ending, (entry) => {
    if (!isOwn(entry, ending)) {
      throw new MigError(
        'forbidden',
        `entry ${entry.id} is of ${entry.submittername}: decline it, with a reason`,
      );
    }
    return { state: 'withdrawn' };
  });
}

type End = { state: 'declined'; reason: string } | { state: 'withdrawn' };

async function endWaiting(
  deps: ApiDeps,
  { id, caller }: Ending,
  decide: (entry: InboxRow) => End,
): Promise<void> {
  await auditedChange(deps, async (db) => {
    const entry = requireEntry(id, await lockEntry(db, id));
    requireWaiting(entry);
    const end = decide(entry);
    await endEntry(db, { id, endedby: caller.investigatorId, ...end });
    const { state, ...detail } = end;
    return {
      result: undefined,
      entry: {
        ...caller,
        kind: state === 'declined' ? 'inbox_declined' : 'inbox_withdrawn',
        outcome: 'done',
        objectId: id,
        detail: { name: entry.name, digest: entry.digest, ...detail },
      },
    };
  });
}

function isOwn({ submittedby }: InboxRow, { caller }: Ending): boolean {
  return submittedby === caller.investigatorId;
}
