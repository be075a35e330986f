import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { publishedAclText } from '../../contract/published-acl.ts';
import { signedText } from '../../contract/rules/signed-text.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { draft, readEntry, signSubmitted, submitDraft, submitFirst, submitNew } from '../setup/inbox.ts';
import { errorOf, firstValue } from '../setup/loaders.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ApiCaller;
let john: ApiCaller;
let jane: Awaited<ReturnType<typeof createInvestigatorWith>>;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = platform.api;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  jane = await createPerson();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const createPerson = (permissions = 63) =>
  createInvestigatorWith(
    { slot: platform.slot, bob, apiUrl: platform.apiUrl },
    permissionsFromMask(permissions),
  );
const setStatus = (id: number, status: string) =>
  bob.form('/investigator/update/', { id: String(id), status });
const actionsNamed = async (name: string) =>
  (await platform.pool.query('SELECT FROM actions WHERE name = $1', [name])).rows;
const decline = (by: ApiCaller, id: number, reason = 'no') =>
  by.form('/inbox/decline/', { inboxid: String(id), reason });
const withdraw = (by: ApiCaller, id: number) => by.form('/inbox/withdraw/', { inboxid: String(id) });

describe('a signature in the inbox counts only', () => {
  test('once for each key', async () => {
    const submitted = await submitNew(john);
    for (const _ of [1, 2]) {
      expect(firstValue(await signSubmitted(john, submitted))).toMatchObject({
        state: 'waiting',
        signers: [{ name: 'John Smith' }],
      });
    }
    expect(await actionsNamed(submitted.action.name)).toEqual([]);
  });

  test('over the exact text of the entry', async () => {
    const [submitted, other] = [await submitNew(john), await draft([bob])];
    const { id, digest } = submitted;
    const wrong = { id, digest, action: other.action };
    expect(errorOf(await signSubmitted(bob, wrong))).toMatchObject({ status: 403, code: 'signature_wrong' });
    expect((await readEntry(bob, id)).signers).toHaveLength(1);
  });

  test('for the text that its signer has read', async () => {
    const [submitted, other] = [await submitNew(john), await submitNew(john)];
    const swapped = { ...submitted, digest: other.digest };
    expect(errorOf(await signSubmitted(bob, swapped))).toMatchObject({
      status: 409,
      code: 'conflict',
      message: expect.stringContaining('has another text'),
    });
  });

  test('when its signer sends it', async () => {
    const { id, action, digest } = await submitNew(john);
    const signature = await signText(signedText(action), jane.api.key);
    const fields = { inboxid: String(id), digest, signature };
    expect(errorOf(await bob.form('/inbox/sign/', fields))).toMatchObject({
      status: 403,
      code: 'forbidden',
      message: expect.stringContaining('which is not yours'),
    });
  });

  test('while its signer is active: that of a disabled one neither launches nor is sent', async () => {
    const person = await createPerson();
    const submitted = await submitNew(person.api);
    await setStatus(person.id, 'disabled');
    expect(errorOf(await signSubmitted(person.api, submitted))).toMatchObject({ status: 401 });
    const waiting = firstValue(await signSubmitted(bob, submitted));
    expect(waiting).toMatchObject({ state: 'waiting', signers: [{ counts: false }, { counts: true }] });
    const launched = firstValue(await signSubmitted(john, submitted));
    expect(launched).toMatchObject({ state: 'launched' });
    const { rows } = await platform.pool.query('SELECT pgpsignatures FROM actions WHERE id = $1', [
      launched.actionid,
    ]);
    expect(JSON.parse(rows[0].pgpsignatures)).toHaveLength(2);
  });

  test('with the permission to launch', async () => {
    const person = await createPerson(2 ** 6 - 1 - 4);
    const submitted = await submitNew(john);
    expect(errorOf(await signSubmitted(person.api, submitted))).toMatchObject({ status: 401 });
    expect((await readEntry(person.api, submitted.id)).signers).toHaveLength(1);
  });
});

describe('what has ended stays so', () => {
  test('a declined action is not signed, submitted or launched any more', async () => {
    const both = await draft([john, bob]);
    const id = await submitFirst(john, both);
    expect((await decline(jane.api, id, 'not on production')).status).toBe(200);
    const refused = { status: 409, code: 'conflict', message: expect.stringContaining('declined') };
    expect(errorOf(await signSubmitted(bob, { ...both, id }))).toMatchObject(refused);
    expect(errorOf(await submitDraft(bob, both))).toMatchObject(refused);
    expect(errorOf(await bob.form('/action/create/', { action: both.text }))).toMatchObject(refused);
    expect(errorOf(await decline(bob, id))).toMatchObject(refused);
    expect(errorOf(await withdraw(john, id))).toMatchObject(refused);
    expect(await actionsNamed(both.action.name)).toEqual([]);
  });

  test('a withdrawn action is not launched with the signature that was in the inbox', async () => {
    const both = await draft([john, bob]);
    const id = await submitFirst(john, both);
    expect((await withdraw(john, id)).status).toBe(200);
    expect(errorOf(await bob.form('/action/create/', { action: both.text }))).toMatchObject({
      status: 409,
      message: expect.stringContaining(`was withdrawn in the inbox (${id})`),
    });
  });

  test('a launched action is not signed again by another, and its text waits no second time', async () => {
    const submitted = await submitNew(john);
    expect((await signSubmitted(bob, submitted)).status).toBe(200);
    const refused = { status: 409, message: expect.stringMatching(/was launched as action \d+/) };
    expect(errorOf(await signSubmitted(jane.api, submitted))).toMatchObject(refused);
    const replay = { ...submitted, note: submitted.note.replace('"agents":0', '"agents":1') };
    expect(errorOf(await submitDraft(john, replay))).toMatchObject(refused);
    expect(errorOf(await decline(jane.api, submitted.id))).toMatchObject(refused);
  });

  test('an action whose window has ended is not signed', async () => {
    const submitted = await submitNew(john);
    await platform.pool.query(`UPDATE inbox SET expireafter = now() - interval '1 second' WHERE id = $1`, [
      submitted.id,
    ]);
    expect(await readEntry(bob, submitted.id)).toMatchObject({ state: 'expired', endedat: null });
    expect(errorOf(await signSubmitted(bob, submitted))).toMatchObject({
      status: 409,
      message: expect.stringMatching(/expired at .*: sign the action again with a longer -e/),
    });
    expect(firstValue(await bob.get('/inbox/list?state=expired'))).toMatchObject({ id: submitted.id });
    expect(errorOf(await decline(bob, submitted.id))).toMatchObject({ status: 409 });
  });
});

describe('refused submissions', () => {
  test('a note that its sender has not signed, or that is about another action', async () => {
    const [mine, other] = [await draft([john]), await draft([john])];
    const send = async (fields: Record<string, string>) =>
      errorOf(await john.form('/inbox/submit/', { action: mine.text, ...fields }));
    const sign = (text: string, by = john) => signText(text, by.key);
    expect(await send({ note: other.note, notesignature: await sign(other.note) })).toMatchObject({
      status: 400,
      code: 'parameter_invalid',
      message: 'note: its digest is that of another action',
    });
    expect(await send({ note: mine.note, notesignature: await sign(mine.note, bob) })).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect(await send({ note: mine.note, notesignature: await sign(other.note) })).toMatchObject({
      status: 403,
      code: 'signature_wrong',
    });
    expect(await send({ note: mine.note, notesignature: 'odd' })).toMatchObject({
      code: 'signature_malformed',
    });
    for (const note of ['{}', 'odd', mine.note.replace('inbox note', 'published acl')]) {
      expect((await send({ note, notesignature: await sign(note) })).status).toBe(400);
    }
    expect(await send({ note: mine.note })).toMatchObject({ code: 'parameter_invalid' });
  });

  test('an action that its sender has not signed', async () => {
    const theirs = await draft([bob]);
    expect(errorOf(await submitDraft(john, theirs))).toMatchObject({
      status: 403,
      message: expect.stringContaining('you have not signed it'),
    });
  });

  test('an action that could not be launched', async () => {
    const cases: [Parameters<typeof draft>[1], string][] = [
      [{ target: 'pg_sleep(5) IS NULL' }, 'target_forbidden'],
      [{ operations: [{ module: 'nosuch', parameters: {} }] }, 'module_unknown'],
      [{ expireAfterMs: Date.now() - 1_000 }, 'action_expired'],
      [{ pgpsignatures: [] }, 'action_unsigned'],
    ];
    for (const [overrides, code] of cases) {
      expect(errorOf(await submitDraft(john, await draft([john], overrides))).code).toBe(code);
    }
  });

  test('more than the limits of sizes', async () => {
    const large = await draft([john], { note: { why: 'x'.repeat(1001) } });
    expect(errorOf(await submitDraft(john, large))).toMatchObject({ status: 400 });
    const larger = { ...large, note: `${large.note}${' '.repeat(20_000)}` };
    expect(errorOf(await submitDraft(john, larger))).toMatchObject({ status: 413, code: 'body_too_large' });
    const { id } = await submitNew(john);
    for (const reason of ['', '  ', 'x'.repeat(1001)]) {
      expect(errorOf(await decline(bob, id, reason))).toMatchObject({ code: 'parameter_invalid' });
    }
  });

  test('when fifty actions of the investigator wait already', async () => {
    const person = await createPerson();
    const first = await submitNew(person.api);
    await platform.pool.query(
      `INSERT INTO inbox (action, digest, name, target, modules, validfrom, expireafter, note, notesignature, submittedby)
       SELECT action, sha256(n::text::bytea), name, target, modules, validfrom, expireafter, note, notesignature, submittedby
       FROM inbox, generate_series(2, 50) AS n
       WHERE id = $1`,
      [first.id],
    );
    const [next, another] = [await draft([person.api]), await draft([john])];
    expect(errorOf(await submitDraft(person.api, next))).toMatchObject({
      status: 409,
      message: expect.stringContaining('50 actions of yours wait already'),
    });
    expect((await submitDraft(john, another)).status).toBe(202);
    expect((await withdraw(person.api, first.id)).status).toBe(200);
    expect((await submitDraft(person.api, next)).status).toBe(202);
  });

  test('after five hundred in a day', async () => {
    const person = await createPerson();
    const first = await submitNew(person.api);
    await platform.pool.query(
      `INSERT INTO inbox (action, digest, name, target, modules, validfrom, expireafter, note, notesignature, submittedby,
         state, endedby, endedat)
       SELECT action, sha256(('d' || n)::bytea), name, target, modules, validfrom, expireafter, note, notesignature,
         submittedby, 'withdrawn', submittedby, now()
       FROM inbox, generate_series(2, 500) AS n
       WHERE id = $1`,
      [first.id],
    );
    expect(errorOf(await submitDraft(person.api, await draft([person.api])))).toMatchObject({
      status: 429,
      code: 'rate_limited',
    });
  });
});

describe('who may end an entry', () => {
  test('its submitter withdraws it and declines it not; others decline it and withdraw it not', async () => {
    const { id } = await submitNew(john);
    expect(errorOf(await decline(john, id))).toMatchObject({ status: 409, code: 'conflict' });
    expect(errorOf(await withdraw(bob, id))).toMatchObject({ status: 403, code: 'forbidden' });
    expect(errorOf(await withdraw(john, 987_654))).toMatchObject({ status: 404, code: 'not_found' });
    expect(errorOf(await bob.get('/inbox?inboxid=987654'))).toMatchObject({ status: 404 });
    expect(errorOf(await bob.get('/inbox?inboxid=odd'))).toMatchObject({ status: 400 });
  });
});

describe('an ACL is published only', () => {
  const aclFile = JSON.stringify({ default: { minimumweight: 1, investigators: {} } });
  const publish = async (by: ApiCaller, document: string, signer = by) =>
    errorOf(
      await by.form('/acl/publish/', { acl: document, signature: await signText(document, signer.key) }),
    );

  test('by an administrator, who has signed it', async () => {
    expect(errorOf(await bob.get('/acl'))).toMatchObject({ status: 404, code: 'not_found' });
    const document = publishedAclText({ version: 1, aclFile });
    expect(await publish(john, document)).toMatchObject({ status: 401 });
    expect(await publish(bob, document, john)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(errorOf(await bob.get('/acl'))).toMatchObject({ status: 404 });
  });

  test('as the version after the newest', async () => {
    const version = (n: number) => publishedAclText({ version: n, aclFile });
    expect(await publish(bob, version(2))).toMatchObject({ status: 409, code: 'conflict' });
    const document = version(1);
    const fields = { acl: document, signature: await signText(document, bob.key) };
    const answers = await Promise.all([1, 2].map(() => bob.form('/acl/publish/', fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await publish(bob, version(1))).toMatchObject({ status: 409 });
  });

  test('in the form that agents read', async () => {
    for (const document of [
      'odd',
      '{}',
      aclFile,
      publishedAclText({ version: 2, aclFile: '{"default":{"minimumweight":"two"}}' }),
      publishedAclText({ version: 2, aclFile }).replace('published acl', 'inbox note'),
    ]) {
      expect((await publish(bob, document)).status, document).toBe(400);
    }
  });
});
