import type { Context } from 'hono';
import * as routes from '../../contract/api/inbox.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { declineEntry, withdrawEntry } from '../inbox/end-entry.ts';
import { loadEntries, loadEntry } from '../inbox/load-entry.ts';
import { publishAcl, requireNewestAcl } from '../inbox/published-acl.ts';
import { signEntry } from '../inbox/sign-entry.ts';
import { submitEntry } from '../inbox/submit-entry.ts';
import { toPublishedAcl } from '../records/to-published-acl.ts';
import { type Served, serve } from '../router/serve.ts';

/** Actions that wait for signatures, and the ACL that says how many they need. */
export function inboxRoutes(deps: ApiDeps): Served[] {
  const hrefOf = (id: number) => recordHref(deps, 'inbox', id);
  const respondWith = async (c: Context<ApiEnv>, id: number, status: 200 | 202 = 200) => {
    const { entry } = await loadEntry(deps, id);
    return respond(c, [item(hrefOf(id), 'entry', entry)], status);
  };
  const respondWithAcl = async (c: Context<ApiEnv>, status: 200 | 201) =>
    respond(c, [item(c.get('href'), 'acl', toPublishedAcl(await requireNewestAcl(deps.pool)))], status);

  return [
    serve(deps, routes.getInboxEntry, async ({ inboxid: id }, c) => {
      const { entry, action, note } = await loadEntry(deps, id);
      return respond(c, [
        item(hrefOf(id), 'entry', entry),
        item(hrefOf(id), 'action', action),
        item(hrefOf(id), 'note', note),
      ]);
    }),

    serve(deps, routes.listInbox, async (page, c) => {
      const entries = await loadEntries(deps, page);
      return respond(
        c,
        entries.map((entry) => item(hrefOf(entry.id), 'entry', entry)),
      );
    }),

    serve(deps, routes.submitToInbox, async ({ action, note, notesignature }, c) => {
      const caller = auditCaller(deps, c);
      const id = await submitEntry(deps, { text: action, note, noteSignature: notesignature, caller });
      return respondWith(c, id, 202);
    }),

    serve(deps, routes.signInboxEntry, async ({ inboxid: id, digest, signature }, c) => {
      c.set('audit', { kind: 'inbox_signed', objectId: id });
      await signEntry(deps, { id, digest, signature, caller: auditCaller(deps, c) });
      return respondWith(c, id);
    }),

    serve(deps, routes.declineInboxEntry, async ({ inboxid: id, reason }, c) => {
      c.set('audit', { kind: 'inbox_declined', objectId: id });
      await declineEntry(deps, { id, reason, caller: auditCaller(deps, c) });
      return respondWith(c, id);
    }),

    serve(deps, routes.withdrawInboxEntry, async ({ inboxid: id }, c) => {
      c.set('audit', { kind: 'inbox_withdrawn', objectId: id });
      await withdrawEntry(deps, { id, caller: auditCaller(deps, c) });
      return respondWith(c, id);
    }),

    serve(deps, routes.getAcl, (_given, c) => respondWithAcl(c, 200)),

    serve(deps, routes.publishAcl, async ({ acl, signature }, c) => {
      const caller = auditCaller(deps, c);
      await publishAcl(deps, { document: acl, signature, administrator: investigatorOf(c), caller });
      return respondWithAcl(c, 201);
    }),
  ];
}
