import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { publishedAclText } from '../../contract/published-acl.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { publishAcl, readEntry, signSubmitted, submitNew } from '../setup/inbox.ts';
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

describe('a published ACL', () => {
  const weights = (entries: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(entries).map(([who, weight]) => [
        who,
        {
          fingerprint: who === 'bob' ? platform.people.bob.fingerprint : platform.people.john.fingerprint,
          weight,
        },
      ]),
    );

  test('says which weight an action lacks, and launches it at the last one', async () => {
    await publishAcl(bob, {
      default: { minimumweight: 3, investigators: weights({ bob: 2, john: 1 }) },
      netstat: { minimumweight: 1, investigators: weights({ john: 1 }) },
    });
    const submitted = await submitNew(john);
    expect(await readEntry(bob, submitted.id)).toMatchObject({
      signersneeded: 1,
      weights: [{ module: 'file', needed: 3, has: 1 }],
    });
    // Jane has no weight: hers is one signature more, and changes nothing.
    expect(firstValue(await signSubmitted(jane, submitted))).toMatchObject({
      state: 'waiting',
      weights: [{ module: 'file', needed: 3, has: 1 }],
    });
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({
      state: 'launched',
      weights: [{ module: 'file', needed: 3, has: 3 }],
    });
  });

  test('launches at once what has enough weight, unless more signers are wanted', async () => {
    await publishAcl(bob, { default: { minimumweight: 1, investigators: weights({ john: 1 }) } });
    const { id } = await submitNew(john);
    expect(await readEntry(bob, id)).toMatchObject({ state: 'launched' });
    const wanted = await submitNew(john, { note: { signers: 2 } });
    expect(await readEntry(bob, wanted.id)).toMatchObject({ state: 'waiting', signersneeded: 2 });
  });

  test('that changes is looked at again when a signer signs again', async () => {
    await publishAcl(bob, { default: { minimumweight: 9, investigators: weights({ bob: 2, john: 1 }) } });
    const submitted = await submitNew(john);
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({ state: 'waiting' });
    await publishAcl(bob, { default: { minimumweight: 3, investigators: weights({ bob: 2, john: 1 }) } });
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({ state: 'launched' });
  });

  test('never launches a module that nobody may run', async () => {
    await publishAcl(bob, { netstat: { minimumweight: 1, investigators: weights({ bob: 1 }) } });
    const submitted = await submitNew(john);
    expect(firstValue(await signSubmitted(bob, submitted))).toMatchObject({
      state: 'waiting',
      weights: [{ module: 'file', needed: null, has: 0 }],
    });
  });

  test('is shown with its signature, to everybody who may read actions', async () => {
    expect(firstValue(await john.get('/acl'))).toMatchObject({
      version: expect.any(Number),
      document: expect.stringMatching(/^\{"mig":"published acl","version":\d+,"acl":/),
      signature: expect.any(String),
      publishedby: { name: 'Bob Kelso' },
    });
  });
});
