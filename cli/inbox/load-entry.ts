import { type Action, readAction } from '../../contract/action.ts';
import { getInboxEntry } from '../../contract/api/inbox.ts';
import type { InboxEntryView, InboxNoteView } from '../../contract/inbox/entry.ts';
import type { ApiClient } from '../api/api-client.ts';

/** An entry of the inbox as the API shows it, unverified. */
export interface ShownEntry {
  entry: InboxEntryView;
  action: Action;
  note: InboxNoteView;
}

export async function loadEntry(api: Pick<ApiClient, 'call'>, inboxid: number): Promise<ShownEntry> {
  const { entry, action, note } = await api.call(getInboxEntry, { inboxid });
  return { entry, action: readAction(action), note };
}
