import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Brakes } from '../../contract/brakes.ts';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { DAYS } from '../../contract/rules/brakes/windows.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { auditRows, waitForRows } from '../setup/audit-rows.ts';
import { brakesNow, changeBrakes } from '../setup/brakes.ts';
import { draft, signSubmitted, submitDraft, submitFirst } from '../setup/inbox.ts';
import { errorOf, firstValue } from '../setup/loaders.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

// One person must not lift the brakes that several have signed.

let platform: Platform;
let bob: ApiCaller;
let john: ApiCaller;
/** May launch actions, and has signed none of these. */
let kate: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = platform.api;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  const person = { slot: platform.slot, bob, apiUrl: platform.apiUrl };
  kate = (await createInvestigatorWith(person, permissionsFromMask(63))).api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const WINDOW = { days: ['mon' as const], from: '22:00', to: '05:00', timezone: 'Europe/Berlin' };

describe('brakes that two people signed in the inbox', () => {
  const SIGNED = {
    canary: { agents: 5 },
    perminute: 60,
    windows: [{ ...WINDOW, days: [...DAYS] }],
    stopat: { failedpercent: 10 },
  };

  async function launchSigned(brakes: Brakes | undefined): Promise<number> {
    const submitted = await draft([john], {
      expireAfterMs: Date.now() + 48 * 3600_000,
      note: brakes === undefined ? {} : { brakes },
    });
    const answer = await submitDraft(john, submitted);
    const signed = await signSubmitted(bob, { ...submitted, id: firstValue(answer).id });
    expect(signed.status, signed.text).toBe(200);
    return firstValue(signed).actionid;
  }

  test.each<[string, Brakes]>([
    ['canary', {}],
    ['canary', { ...SIGNED, canary: { agents: 500 } }],
    ['perminute', { ...SIGNED, perminute: 61 }],
    ['windows', { ...SIGNED, windows: [{ ...WINDOW, days: [...DAYS], to: '06:00' }] }],
    ['stopat', { ...SIGNED, stopat: { failedpercent: 10, minimumanswers: 100 } }],
  ])('are not loosened by one of them or by anybody else: %s', async (part, brakes) => {
    const id = await launchSigned(SIGNED);
    for (const one of [john, bob, kate]) {
      const answer = await changeBrakes(one, id, brakes);
      expect(answer.status, answer.text).toBe(403);
      expect(errorOf(answer)).toMatchObject({ code: 'brakes_signed' });
      expect(errorOf(answer).message).toMatch(
        new RegExp(`^brakes: ${part}: .*cancel the action and launch a new one through the inbox$`),
      );
    }
    expect(await brakesNow(bob, id)).toMatchObject({ settings: SIGNED });
    const refusals = await waitForRows(
      () => auditRows(platform, `objectid = $1 AND kind = 'brakes' AND outcome = 'refused'`, [id]),
      3,
    );
    for (const { detail } of refusals) expect(detail).toMatchObject({ code: 'brakes_signed' });
  });

  test('are tightened by anybody who may launch actions, and given back as they were signed', async () => {
    const id = await launchSigned(SIGNED);
    const tighter: Brakes = {
      canary: { agents: 5 },
      perminute: 10,
      windows: [{ ...WINDOW, days: ['mon', 'tue'] }],
      stopat: { failedpercent: 5, matchedpercent: 50 },
    };
    for (const brakes of [tighter, SIGNED]) {
      const answer = await changeBrakes(kate, id, brakes);
      expect(answer.status, answer.text).toBe(200);
      expect(await brakesNow(bob, id)).toMatchObject({ settings: brakes });
    }
  });

  test('are none when the first signer gave none: those given later are lifted by anybody', async () => {
    const id = await launchSigned(undefined);
    expect((await changeBrakes(kate, id, { perminute: 1 })).status).toBe(200);
    expect((await changeBrakes(kate, id, {})).status).toBe(200);
  });
});

describe('an action that is launched as a file while it waits in the inbox', () => {
  /** Returns an action that two have signed, and that waits with the signature of the first. */
  async function submitBraked(): Promise<string> {
    const both = await draft([john, bob], { note: { brakes: { perminute: 8 } } });
    await submitFirst(john, both);
    return both.text;
  }

  test('gets no looser brakes than its first signer wanted', async () => {
    const action = await submitBraked();
    const launch = (brakes: object) =>
      bob.form('/action/create/', { action, brakes: JSON.stringify(brakes) });
    const refused = await launch({});
    expect(refused.status).toBe(403);
    expect(errorOf(refused)).toMatchObject({ code: 'brakes_signed' });
    const launched = await launch({ perminute: 4 });
    expect(launched.status, launched.text).toBe(202);
    const { id } = firstValue(launched);
    expect(await brakesNow(bob, id)).toMatchObject({ settings: { perminute: 4 } });
    expect((await changeBrakes(bob, id, { perminute: 9 })).status).toBe(403);
  });

  test('is launched once when its request is repeated with the same key', async () => {
    const action = await submitBraked();
    const launch = () => bob.form('/action/create/', { action }, { 'Idempotency-Key': 'inbox-brakes' });
    const first = await launch();
    expect(first.status, first.text).toBe(202);
    const again = await launch();
    expect(again.status, again.text).toBe(202);
    expect(firstValue(again).id).toBe(firstValue(first).id);
  });
});
