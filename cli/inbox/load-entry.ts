import { type Action, readAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { InboxEntryView, InboxNoteView } from '../../contract/inbox/entry.ts';
import type { ApiClient } from '../api/api-client.ts';

/** An entry of the inbox as the API shows it, unverified. */
export interface ShownEntry {
  entry: InboxEntryView;
  action: Action;
  note: InboxNoteView;
}

export async function loadEntry(api: Pick<ApiClient, 'list'>, id: string): Promise<ShownEntry> {
  const items = await api.list(`inbox?inboxid=${id}`);
  const named = (name: string) => items.find((item) => item.name === name)?.value;
  const action = named('action');
  if (action === undefined) throw new MigError('unavailable', 'the API sent no action');
  return {
    entry: InboxEntryView.parse(named('entry')),
    action: readAction(action),
    note: InboxNoteView.parse(named('note')),
  };
}
