import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_WINDOWS } from '../../contract/rules/brakes/limits.ts';
import { type ApiCaller, createApiCaller, postAction, signedAction } from '../../dev/api-caller.ts';
import { auditRows } from '../setup/audit-rows.ts';
import { brakesNow, changeBrakes, closedWindow, postBraked } from '../setup/brakes.ts';
import { draft, signSubmitted, submitDraft } from '../setup/inbox.ts';
import { errorOf, firstValue } from '../setup/loaders.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let bob: ApiCaller;
let john: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = platform.api;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const WINDOW = { days: ['mon'], from: '22:00', to: '05:00', timezone: 'Europe/Berlin' };

describe('brakes that are none are refused with the field', () => {
  test.each([
    ['{', 'not valid JSON'],
    ['[]', 'brakes'],
    [{ speed: 5 }, 'speed'],
    [{ canary: { agents: 0 } }, 'canary.agents'],
    [{ canary: { agents: 100_001 } }, 'canary.agents'],
    [{ canary: { percent: 101 } }, 'canary.percent'],
    [{ canary: { percent: 0 } }, 'canary.percent'],
    [{ canary: {} }, 'canary'],
    [{ canary: { agents: 5, percent: 5 } }, 'canary'],
    [{ canary: { agents: 5, waitseconds: 0 } }, 'canary.waitseconds'],
    [{ perminute: 0 }, 'perminute'],
    [{ perminute: 1.5 }, 'perminute'],
    [{ perminute: '100' }, 'perminute'],
    [{ windows: [] }, 'windows'],
    [{ windows: Array.from({ length: MAX_WINDOWS + 1 }, () => WINDOW) }, 'windows'],
    [{ windows: [{ ...WINDOW, days: [] }] }, 'windows.0.days'],
    [{ windows: [{ ...WINDOW, days: ['monday'] }] }, 'windows.0.days.0'],
    [{ windows: [{ ...WINDOW, from: '24:00' }] }, 'windows.0.from'],
    [{ windows: [{ ...WINDOW, to: '5:00' }] }, 'windows.0.to'],
    [{ windows: [{ ...WINDOW, to: '22:00' }] }, 'windows.0.to'],
    [{ windows: [{ ...WINDOW, timezone: 'Europe/Nowhere' }] }, 'windows.0.timezone'],
    [{ windows: [{ ...WINDOW, timezone: '+02:00' }] }, 'windows.0.timezone'],
    [{ stopat: {} }, 'stopat'],
    [{ stopat: { failedpercent: 0 } }, 'stopat.failedpercent'],
    [{ stopat: { matchedpercent: 101 } }, 'stopat.matchedpercent'],
    [{ stopat: { failedpercent: 5, minimumanswers: 0 } }, 'stopat.minimumanswers'],
  ])('%j', async (brakes, field) => {
    const text = typeof brakes === 'string' ? brakes : JSON.stringify(brakes);
    const action = await signedAction([bob.key], { name: `refused ${text}` });
    const answer = await bob.form('/action/create/', { action, brakes: text });
    expect(answer.status, answer.text).toBe(400);
    expect(errorOf(answer).message).toContain(field);
    const { rows } = await platform.pool.query('SELECT FROM actions WHERE name = $1', [`refused ${text}`]);
    expect(rows).toEqual([]);
  });

  test('a window that does not open before the action expires', async () => {
    const action = await signedAction([bob.key]);
    const brakes = JSON.stringify({ windows: [closedWindow()] });
    const answer = await bob.form('/action/create/', { action, brakes });
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toMatch(/^brakes: windows: none opens before the action expires at /);
  });

  test('brakes of an upgrade', async () => {
    const action = await signedAction([bob.key], { operations: [{ module: 'upgrade', parameters: {} }] });
    const answer = await bob.form('/action/create/', { action, brakes: '{"perminute":5}' });
    expect(answer.status).toBe(400);
  });

  test('more agents in the canary than the fleet has are fine', async () => {
    const id = await postBraked(bob, { canary: { agents: 100_000 } });
    expect(await brakesNow(bob, id)).toMatchObject({
      settings: { canary: { agents: 100_000 } },
      held: false,
    });
  });
});

describe('a change of brakes', () => {
  test('is recorded with who made it, and what it replaced', async () => {
    const id = await postBraked(bob, { perminute: 100 });
    const answer = await changeBrakes(john, id, { perminute: 50 });
    expect(answer.status, answer.text).toBe(200);
    expect(firstValue(answer)).toMatchObject({ settings: { perminute: 50 }, state: null });
    const [entry] = await auditRows(platform, `objectid = $1 AND kind = 'brakes'`, [id]);
    expect(entry).toMatchObject({
      actor: 'John Smith',
      isproven: true,
      detail: { brakes: { perminute: 50 }, before: { perminute: 100 } },
    });
  });

  test('of an unknown action is 404, of an ended one 409, and a bad one 400', async () => {
    expect((await changeBrakes(bob, 4711, {})).status).toBe(404);
    const id = await postAction(bob);
    await platform.pool.query(`UPDATE actions SET status = 'completed' WHERE id = $1`, [id]);
    expect((await changeBrakes(bob, id, {})).status).toBe(409);
    const bad = await bob.form('/action/brakes/', { actionid: String(id), brakes: '{"perminute":0}' });
    expect(bad.status).toBe(400);
    expect(errorOf(bad).message).toContain('perminute');
  });

  test('needs the permission to create actions', async () => {
    const id = await postAction(bob);
    await platform.pool.query(`UPDATE investigators SET permissions = 0 WHERE name = 'John Smith'`);
    const refused = await changeBrakes(john, id, {});
    await platform.pool.query(
      `UPDATE investigators SET permissions = (SELECT permissions FROM investigators WHERE name = 'Bob Kelso') WHERE name = 'John Smith'`,
    );
    expect(refused.status).toBe(401);
  });
});

test('the same key with other brakes is refused, and with the same brakes launches nothing more', async () => {
  const action = await signedAction([bob.key]);
  const post = (brakes: object) =>
    bob.form(
      '/action/create/',
      { action, brakes: JSON.stringify(brakes) },
      { 'Idempotency-Key': 'brakes-1' },
    );
  const first = await post({ perminute: 5 });
  expect(first.status).toBe(202);
  expect(firstValue(await post({ perminute: 5 })).id).toBe(firstValue(first).id);
  expect((await post({ perminute: 6 })).status).toBe(409);
});

describe('the inbox', () => {
  test('launches an action with the brakes that its first signer signed', async () => {
    const brakes = { perminute: 7 };
    const submitted = await draft([john], { note: { brakes } });
    const answer = await submitDraft(john, submitted);
    expect(answer.status, answer.text).toBe(202);
    const signed = await signSubmitted(bob, { ...submitted, id: firstValue(answer).id });
    expect(signed.status, signed.text).toBe(200);
    expect(await brakesNow(bob, firstValue(signed).actionid)).toMatchObject({ settings: brakes });
  });

  test('gives an action that is launched beside it the same brakes', async () => {
    const brakes = { perminute: 8 };
    const submitted = await draft([john], { note: { brakes } });
    await submitDraft(john, submitted);
    const both = await signedAction([john.key, bob.key], {
      ...submitted.action,
      validFromMs: Date.parse(submitted.action.validfrom),
      expireAfterMs: Date.parse(submitted.action.expireafter),
    });
    const launched = await bob.form('/action/create/', { action: both });
    expect(launched.status, launched.text).toBe(202);
    expect(await brakesNow(bob, firstValue(launched).id)).toMatchObject({ settings: brakes });
  });

  test('refuses brakes that are none', async () => {
    const bad = { perminute: 0 };
    const answer = await submitDraft(john, await draft([john], { note: { brakes: bad } }));
    expect(answer.status).toBe(400);
    expect(errorOf(answer).message).toContain('perminute');
  });
});
