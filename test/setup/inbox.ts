import { randomInt } from 'node:crypto';
import { expect } from 'vitest';
import { type Action, parseAction } from '../../contract/action.ts';
import { actionDigest, type InboxNote, noteText } from '../../contract/inbox/note.ts';
import { publishedAclText } from '../../contract/published-acl.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { signedText } from '../../contract/rules/signed-text.ts';
import { type ActionOverrides, type ApiAnswer, type ApiCaller, signedAction } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { firstValue } from './loaders.ts';

/** An action with its signatures, and the note of its first signer. */
export interface Draft {
  /** JSON. */
  text: string;
  action: Action;
  digest: string;
  note: string;
}

/** An action that no other test has, signed by these investigators. */
export async function draft(
  signers: readonly ApiCaller[],
  { note = {}, ...overrides }: ActionOverrides & { note?: Partial<InboxNote> } = {},
): Promise<Draft> {
  const text = await signedAction(
    signers.map(({ key }) => key),
    { name: `inbox ${randomInt(2 ** 40)}`, ...overrides },
  );
  const action = parseAction(text);
  const digest = actionDigest(action);
  return { text, action, digest, note: noteText({ digest, agents: 0, sample: [], ...note }) };
}

export async function submitDraft(by: ApiCaller, { text, note }: Draft): Promise<ApiAnswer> {
  const notesignature = await signText(note, by.key);
  return by.form('/inbox/submit/', { action: text, note, notesignature });
}

/** Submits a new action of the caller; returns its entry. */
export async function submitNew(by: ApiCaller, overrides: Parameters<typeof draft>[1] = {}) {
  const submitted = await draft([by], overrides);
  const answer = await submitDraft(by, submitted);
  expect(answer.status, answer.text).toBe(202);
  return { ...submitted, id: firstValue(answer).id as number };
}

/** Submits an action that two have signed with the signature of the first alone; returns the id of its entry. */
export async function submitFirst(by: ApiCaller, both: Draft): Promise<number> {
  const action = JSON.parse(both.text);
  const text = JSON.stringify({ ...action, pgpsignatures: action.pgpsignatures.slice(0, 1) });
  const answer = await submitDraft(by, { ...both, text });
  expect(answer.status, answer.text).toBe(202);
  return firstValue(answer).id;
}

type Submitted = Pick<Draft, 'action' | 'digest'> & { id: number };

export async function signSubmitted(by: ApiCaller, { id, action, digest }: Submitted): Promise<ApiAnswer> {
  const signature = await signText(signedText(action), by.key);
  return by.form('/inbox/sign/', { inboxid: String(id), digest, signature });
}

export async function readEntry(by: ApiCaller, id: number) {
  return firstValue(await by.get(`/inbox?inboxid=${id}`));
}

/** Publishes an ACL as the next version. */
export async function publishAcl(by: ApiCaller, acl: Acl): Promise<void> {
  const newest = await by.get('/acl');
  const version = newest.status === 404 ? 1 : firstValue(newest).version + 1;
  const document = publishedAclText({ version, aclFile: JSON.stringify(acl) });
  const signature = await signText(document, by.key);
  const answer = await by.form('/acl/publish/', { acl: document, signature });
  expect(answer.status, answer.text).toBe(201);
}
