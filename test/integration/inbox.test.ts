import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL_PERMISSIONS, permissionsFromMask } from '../../contract/permissions.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { auditRows } from '../setup/audit-rows.ts';
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
  const created = await createInvestigatorWith(
    { slot: platform.slot, bob, apiUrl: platform.apiUrl },
    permissionsFromMask(ALL_PERMISSIONS),
  );
  jane = created.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const actionsNamed = async (name: string) =>
  (await platform.pool.query('SELECT * FROM actions WHERE name = $1', [name])).rows;

describe('an action in the inbox, while no ACL is published', () => {
  test('waits unlaunched until a second investigator signs it, then runs with both signatures', async () => {
    const submitted = await submitNew(john, { note: { agents: 12, why: 'ticket 5' } });
    const { id, action, digest } = submitted;
    expect(await readEntry(bob, id)).toMatchObject({
      id,
      state: 'waiting',
      name: action.name,
      target: action.target,
      modules: ['file'],
      digest,
      submittedby: { name: 'John Smith' },
      signers: [{ name: 'John Smith', counts: true }],
      signersneeded: 2,
      weights: null,
      actionid: null,
    });
    expect(await actionsNamed(action.name)).toEqual([]);
    const signed = await signSubmitted(bob, submitted);
    expect(signed.status, signed.text).toBe(200);
    const [row, ...others] = await actionsNamed(action.name);
    expect(others).toEqual([]);
    expect(firstValue(signed)).toMatchObject({
      state: 'launched',
      actionid: row.id,
      endedby: { name: 'Bob Kelso' },
    });
    expect(JSON.parse(row.pgpsignatures)).toHaveLength(2);
    const rows = await auditRows(platform, 'objectid = ANY($1)', [[id, row.id]]);
    expect(rows.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['inbox_submitted', 'John Smith'],
      ['inbox_signed', 'Bob Kelso'],
      ['action', 'Bob Kelso'],
      ['countersignature', 'John Smith'],
    ]);
    const { rows: events } = await platform.pool.query(
      `SELECT kind, detail FROM events WHERE detail ->> 'inboxid' = $1 ORDER BY id`,
      [String(id)],
    );
    expect(events).toMatchObject([
      { kind: 'inbox.waiting', detail: { name: action.name } },
      { kind: 'inbox.launched', detail: { actionid: row.id } },
    ]);
  });

  test('is shown with the exact signed action and the signed note', async () => {
    const { id, note, action } = await submitNew(john);
    const { items } = (await bob.get(`/inbox?inboxid=${id}`)).body.collection;
    const values = Object.fromEntries(
      items.map(({ data: [one] }: { data: { name: string; value: unknown }[] }) => [one?.name, one?.value]),
    );
    expect(values).toMatchObject({
      note: { document: note },
      action: { pgpsignatures: action.pgpsignatures },
    });
    expect(Object.keys(values)).toEqual(['entry', 'action', 'note']);
  });

  test('needs as many signers as its submitter names', async () => {
    const submitted = await submitNew(john, { note: { signers: 3 } });
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({
      state: 'waiting',
      signersneeded: 3,
    });
    expect(firstValue(await signSubmitted(jane, submitted))).toMatchObject({ state: 'launched' });
  });

  test('is listed by its state, those that end soonest first', async () => {
    const later = await submitNew(john, { expireAfterMs: Date.now() + 3_000_000 });
    const sooner = await submitNew(john, { expireAfterMs: Date.now() + 2_000_000 });
    const { items } = (await bob.get('/inbox/list')).body.collection;
    const ids = items.map(({ data: [one] }: { data: { value: { id: number } }[] }) => one?.value.id);
    expect(ids.indexOf(sooner.id)).toBeLessThan(ids.indexOf(later.id));
    const withdrawn = await john.form('/inbox/withdraw/', { inboxid: String(later.id) });
    expect(firstValue(withdrawn)).toMatchObject({ state: 'withdrawn', endedby: { name: 'John Smith' } });
    const found = firstValue(await bob.get('/inbox/list?state=withdrawn&limit=1'));
    expect(found).toMatchObject({ id: later.id, state: 'withdrawn' });
    expect(errorOf(await bob.get('/inbox/list?state=odd'))).toMatchObject({
      status: 400,
      code: 'parameter_invalid',
    });
  });

  test('is declined by another investigator, with a reason that everybody reads', async () => {
    const { id } = await submitNew(john);
    const declined = await bob.form('/inbox/decline/', {
      inboxid: String(id),
      reason: ' too wide a target ',
    });
    expect(firstValue(declined)).toMatchObject({
      state: 'declined',
      reason: 'too wide a target',
      endedby: { name: 'Bob Kelso' },
    });
    const [row] = await auditRows(platform, `objectid = $1 AND kind = 'inbox_declined'`, [id]);
    expect(row?.detail).toMatchObject({ reason: 'too wide a target' });
  });
});

describe('exactly once', () => {
  test('when two sign in the same moment, one launches it, and the other is told so', async () => {
    const submitted = await submitNew(john);
    const answers = await Promise.all([signSubmitted(bob, submitted), signSubmitted(jane, submitted)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.text).toMatch(/was launched as action \d+/);
    expect(await actionsNamed(submitted.action.name)).toHaveLength(1);
  });

  test('when the same signature is posted several times at once', async () => {
    const submitted = await submitNew(john);
    const answers = await Promise.all([1, 2, 3, 4].map(() => signSubmitted(bob, submitted)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await actionsNamed(submitted.action.name)).toHaveLength(1);
  });

  test('when the API dies before the commit: nothing is stored, and signing again launches it', async () => {
    const submitted = await submitNew(john);
    await platform.pool.query(
      `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dead'; END $$;
       CREATE CONSTRAINT TRIGGER die AFTER UPDATE ON inbox DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION die()`,
    );
    try {
      expect((await signSubmitted(bob, submitted)).status).toBe(500);
    } finally {
      await platform.pool.query('DROP TRIGGER die ON inbox; DROP FUNCTION die()');
    }
    expect(await actionsNamed(submitted.action.name)).toEqual([]);
    expect((await readEntry(bob, submitted.id)).signers).toHaveLength(1);
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({ state: 'launched' });
    expect(await actionsNamed(submitted.action.name)).toHaveLength(1);
  });

  test('when the same submission is posted twice, there is one entry', async () => {
    const submitted = await draft([john]);
    const answers = [await submitDraft(john, submitted), await submitDraft(john, submitted)];
    const [first, second] = answers.map((answer) => firstValue(answer).id);
    expect(first).toBe(second);
  });

  test('when it is launched with the file of both signatures while it waits', async () => {
    const both = await draft([john, bob]);
    const id = await submitFirst(john, both);
    const launched = await bob.form('/action/create/', { action: both.text });
    expect(launched.status, launched.text).toBe(202);
    expect(await readEntry(bob, id)).toMatchObject({
      state: 'launched',
      actionid: firstValue(launched).id,
    });
    expect((await signSubmitted(bob, { ...both, id })).status).toBe(409);
    expect(await actionsNamed(both.action.name)).toHaveLength(1);
  });

  test('when the inbox has launched it, and the file of both signatures comes afterwards', async () => {
    const both = await draft([john, bob]);
    const id = await submitFirst(john, both);
    expect((await signSubmitted(bob, { ...both, id })).status).toBe(200);
    expect(errorOf(await bob.form('/action/create/', { action: both.text }))).toMatchObject({
      status: 409,
      message: expect.stringContaining('the inbox has launched this action already'),
    });
    expect(await actionsNamed(both.action.name)).toHaveLength(1);
  });
});
