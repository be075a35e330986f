import { MigError } from '../../contract/errors.ts';
import type { InboxRow, WholeInboxRow } from '../../platform/postgres/queries/inbox/entries.ts';

export function requireEntry(id: number, entry: WholeInboxRow | undefined): WholeInboxRow {
  if (entry) return entry;
  throw new MigError('not_found', `the inbox has no entry ${id}: mig inbox lists those that wait`);
}

/** Refuses an entry that has ended, with how it ended. */
export function requireWaiting(entry: InboxRow): void {
  if (entry.state === 'waiting') return;
  throw new MigError('conflict', `entry ${entry.id} ${howEnded(entry)}`);
}

function howEnded({ state, endername, reason, actionid, expireafter }: InboxRow): string {
  const by = endername ?? 'nobody';
  switch (state) {
    case 'launched':
      return `was launched as action ${actionid}`;
    case 'declined':
      return `was declined by ${by}: ${reason}`;
    case 'withdrawn':
      return `was withdrawn by ${by}`;
    default:
      return `expired at ${expireafter}: sign the action again with a longer -e`;
  }
}
