import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { signedText } from '../../contract/rules/signed-text.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { withChecksum } from '../../platform/openpgp/armor.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { openGnupgHome } from '../setup/gnupg.ts';
import { draft, readEntry, signSubmitted, submitDraft, submitNew } from '../setup/inbox.ts';
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

  test('that does not end before the action, which it would make worthless while it waits', async () => {
    const { id, action, digest } = await submitNew(john);
    using gnupg = openGnupgHome();
    gnupg.gpg('--import', platform.people.bob.privateKeyFile);
    const file = join(gnupg.folder, 'text');
    writeFileSync(file, signedText(action));
    const expiring = ['--default-sig-expire', 'seconds=60', '--output', '-', '--detach-sign', file];
    const signature = withChecksum(gnupg.gpg(...expiring).toString('base64'));
    const fields = { inboxid: String(id), digest, signature };
    expect(errorOf(await bob.form('/inbox/sign/', fields))).toMatchObject({
      status: 400,
      code: 'parameter_invalid',
      message: expect.stringContaining('ends before the action does'),
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
