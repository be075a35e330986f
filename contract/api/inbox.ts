import { z } from 'zod';
import { ActionView } from '../api-responses.ts';
import { INBOX_STATES, InboxEntryView, InboxNoteView, MAX_REASON } from '../inbox/entry.ts';
import { MAX_NOTE_BYTES } from '../inbox/note.ts';
import { MAX_ACTION_BYTES, MAX_SIGNATURE_LENGTH } from '../limits.ts';
import { MAX_ACL_BYTES, PublishedAclView } from '../published-acl.ts';
import { ACTION_ERRORS, SIGNATURE_ERRORS, TARGET_ERRORS } from './error-sets.ts';
import { formBytes, limit, offset, recordId, SIGNATURE_FORM } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

const inboxid = recordId('Inbox').describe('the id of the entry');
const signature = z.string().max(MAX_SIGNATURE_LENGTH, 'is too long').describe(SIGNATURE_FORM);
const entry = { kind: 'items', status: 200, items: { entry: one('entry', InboxEntryView) } } as const;
const reasonLength = `must have 1 to ${MAX_REASON} characters`;

export const getInboxEntry = defineRoute({
  method: 'GET',
  path: '/inbox',
  summary: 'An action that waits for signatures, with those that it has, and what its first signer saw.',
  access: 'action',
  parameters: z.object({ inboxid }),
  answer: {
    kind: 'items',
    status: 200,
    items: {
      entry: one('entry', InboxEntryView),
      action: one('action', ActionView),
      note: one('note', InboxNoteView),
    },
  },
  errors: ['not_found'],
});

export const listInbox = defineRoute({
  method: 'GET',
  path: '/inbox/list',
  summary: 'The entries of the inbox: those that wait by their end, all others newest first.',
  access: 'action',
  parameters: z.object({
    state: z.enum(INBOX_STATES).default('waiting').describe('what became of them'),
    limit: limit(100),
    offset,
  }),
  answer: { kind: 'items', status: 200, items: { entries: any('entry', InboxEntryView) } },
});

const change = { method: 'POST', access: 'action_create' } as const;

export const submitToInbox = defineRoute({
  ...change,
  path: '/inbox/submit/',
  summary: 'Stores a signed action until enough investigators have signed it. Then it is launched.',
  audit: 'inbox_submitted',
  maxBytes: formBytes(MAX_ACTION_BYTES + MAX_NOTE_BYTES),
  parameters: z.object({
    action: z.string().describe('the action, as JSON, signed by the caller and perhaps by others'),
    note: z.string().describe('what the caller saw and wants, as JSON, byte for byte as it was signed'),
    notesignature: signature.describe(`by the caller over the note: ${SIGNATURE_FORM}`),
  }),
  answer: { kind: 'items', status: 202, items: { entry: one('entry', InboxEntryView) } },
  errors: [...ACTION_ERRORS, ...SIGNATURE_ERRORS, ...TARGET_ERRORS, 'forbidden', 'conflict', 'rate_limited'],
});

export const signInboxEntry = defineRoute({
  ...change,
  path: '/inbox/sign/',
  summary: 'Adds the signature of the caller. With enough of them the action is launched, once.',
  audit: 'inbox_signed',
  parameters: z.object({
    inboxid,
    digest: z.string().max(64).describe('the SHA-256 of the signed text that the caller has read'),
    signature,
  }),
  answer: entry,
  errors: [...ACTION_ERRORS, ...SIGNATURE_ERRORS, ...TARGET_ERRORS, 'not_found', 'conflict', 'forbidden'],
});

export const declineInboxEntry = defineRoute({
  ...change,
  path: '/inbox/decline/',
  summary: 'Ends an entry of somebody else for good, with a reason that everybody reads.',
  audit: 'inbox_declined',
  parameters: z.object({
    inboxid,
    reason: z.string().trim().min(1, reasonLength).max(MAX_REASON, reasonLength),
  }),
  answer: entry,
  errors: ['not_found', 'conflict'],
});

export const withdrawInboxEntry = defineRoute({
  ...change,
  path: '/inbox/withdraw/',
  summary: 'Ends an entry of the caller for good.',
  audit: 'inbox_withdrawn',
  parameters: z.object({ inboxid }),
  answer: entry,
  errors: ['not_found', 'conflict', 'forbidden'],
});

export const getAcl = defineRoute({
  method: 'GET',
  path: '/acl',
  summary: 'The ACL of the agents, as an administrator published it. Agents decide by their own.',
  access: 'action',
  parameters: z.object({}),
  answer: { kind: 'items', status: 200, items: { acl: one('acl', PublishedAclView) } },
  errors: ['not_found'],
});

export const publishAcl = defineRoute({
  method: 'POST',
  path: '/acl/publish/',
  summary: 'Publishes the next version of the ACL.',
  access: 'investigator_update',
  audit: 'acl_published',
  maxBytes: formBytes(MAX_ACL_BYTES),
  parameters: z.object({
    acl: z.string().describe('the document, byte for byte as it was signed'),
    signature,
  }),
  answer: { kind: 'items', status: 201, items: { acl: one('acl', PublishedAclView) } },
  errors: [...SIGNATURE_ERRORS, 'conflict', 'forbidden'],
});
