import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { draft, readEntry, signSubmitted, submitDraft, submitFirst, submitNew } from '../setup/inbox.ts';
import { errorOf, firstValue } from '../setup/loaders.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ApiCaller;
let john: ApiCaller;
let jane: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = platform.api;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  const person = { slot: platform.slot, bob, apiUrl: platform.apiUrl };
  jane = (await createInvestigatorWith(person, permissionsFromMask(63))).api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const actionsNamed = async (name: string) =>
  (await platform.pool.query('SELECT FROM actions WHERE name = $1', [name])).rows;
const decline = (by: ApiCaller, id: number, reason = 'no') =>
  by.form('/inbox/decline/', { inboxid: String(id), reason });
const withdraw = (by: ApiCaller, id: number) => by.form('/inbox/withdraw/', { inboxid: String(id) });

describe('what has ended stays so', () => {
  test('a declined action is not signed, submitted or launched any more', async () => {
    const both = await draft([john, bob]);
    const id = await submitFirst(john, both);
    expect((await decline(jane, id, 'not on production')).status).toBe(200);
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
    expect(errorOf(await signSubmitted(jane, submitted))).toMatchObject(refused);
    const replay = { ...submitted, note: submitted.note.replace('"agents":0', '"agents":1') };
    expect(errorOf(await submitDraft(john, replay))).toMatchObject(refused);
    expect(errorOf(await decline(jane, submitted.id))).toMatchObject(refused);
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
