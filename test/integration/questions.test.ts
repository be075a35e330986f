import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsFromMask } from '../../contract/permissions.ts';
import { questionDigest, questionText } from '../../contract/question/document.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { createInvestigatorWith } from '../attacks/create-investigator-with.ts';
import { errorOf, firstValue } from '../setup/loaders.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { QUESTION, saveQuestion, saveVersions } from '../setup/questions.ts';

/** The permission `action`. */
const READING = 2;

let platform: Platform;
let bob: ApiCaller;
let john: ApiCaller;
let reader: ApiCaller;
let nobody: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  bob = platform.api;
  john = await createApiCaller(platform.apiUrl, platform.people.john);
  const person = { slot: platform.slot, bob, apiUrl: platform.apiUrl };
  reader = (await createInvestigatorWith(person, permissionsFromMask(READING))).api;
  nobody = (await createInvestigatorWith(person, permissionsFromMask(1))).api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

const values = ({ body }: ApiAnswer) =>
  // biome-ignore lint/suspicious/noExplicitAny: tests read every part of an answer
  (body.collection.items ?? []).map(({ data }: any) => data[0].value);
const remove = (by: ApiCaller, name: string, version: number) =>
  by.form('/question/remove/', { name, version: String(version) });

describe('a saved question', () => {
  test('has every version as it was signed, the newest first', async () => {
    const documents = await saveVersions(bob, 'versions', 3);
    const newest = firstValue(await john.get('/question?name=versions'));
    expect(newest).toMatchObject({
      name: 'versions',
      version: 3,
      document: documents[2],
      signature: expect.stringMatching(/\S/),
      savedby: { name: 'Bob Kelso', fingerprint: platform.people.bob.fingerprint },
      removed: null,
    });
    const old = firstValue(await john.get('/question?name=versions&version=1'));
    expect(old.document).toBe(documents[0]);
    const all = values(await john.get('/question/versions?name=versions'));
    expect(all.map(({ document }: { document: string }) => document)).toEqual(documents.toReversed());
    const page = values(await john.get('/question/versions?name=versions&limit=1&offset=1'));
    expect(page.map(({ version }: { version: number }) => version)).toEqual([2]);
  });

  test('is improved by others, under their own names', async () => {
    const [document = ''] = await saveVersions(bob, 'shared', 1);
    const change = { name: 'shared', version: 2, previous: questionDigest(document) };
    expect((await saveQuestion(john, change)).status).toBe(201);
    expect(firstValue(await bob.get('/question?name=shared')).savedby.name).toBe('John Smith');
  });

  test('is found by parts of its name and description, page by page', async () => {
    for (const name of ['search-a', 'search-b', 'search-c']) {
      await saveQuestion(bob, { name, description: name === 'search-b' ? 'A 100% odd_one' : 'plain' });
    }
    const names = async (query: string) =>
      values(await john.get(`/question/list?${query}`)).map(({ name }: { name: string }) => name);
    expect(await names('search=SEARCH-')).toEqual(['search-a', 'search-b', 'search-c']);
    expect(await names('search=search-&limit=2')).toEqual(['search-a', 'search-b']);
    expect(await names('search=search-&limit=2&offset=2')).toEqual(['search-c']);
    expect(await names('search=0%25 ODD_')).toEqual(['search-b']);
    expect(await names('search=search%25')).toEqual([]);
  });

  test('that is removed is not listed, keeps its versions, and returns with the next one', async () => {
    const documents = await saveVersions(bob, 'gone', 2);
    expect(errorOf(await remove(john, 'gone', 1))).toMatchObject({ status: 409, code: 'conflict' });
    expect(firstValue(await remove(john, 'gone', 2)).removed).toMatchObject({ name: 'John Smith' });
    expect(errorOf(await bob.get('/question?name=gone'))).toMatchObject({
      status: 404,
      message: 'question gone was removed by John Smith; its versions, up to 2, stay readable',
    });
    expect(values(await bob.get('/question/list?search=gone'))).toEqual([]);
    expect(firstValue(await bob.get('/question?name=gone&version=2')).document).toBe(documents[1]);
    expect(values(await bob.get('/question/versions?name=gone')).length).toBe(2);
    expect(errorOf(await remove(john, 'gone', 2))).toMatchObject({ status: 404 });
    const again = await saveQuestion(bob, {
      name: 'gone',
      version: 3,
      previous: questionDigest(documents[1] ?? ''),
    });
    expect(again.status, again.text).toBe(201);
    expect(firstValue(await bob.get('/question?name=gone')).version).toBe(3);
  });

  test('leaves its versions in the audit trail', async () => {
    const [document = ''] = await saveVersions(bob, 'audited', 1);
    await remove(bob, 'audited', 1);
    const { rows } = await platform.pool.query(
      `SELECT kind, outcome, detail FROM audit WHERE detail->>'name' = 'audited' ORDER BY id`,
    );
    expect(rows).toEqual([
      {
        kind: 'question_saved',
        outcome: 'done',
        detail: { name: 'audited', version: 1, digest: questionDigest(document) },
      },
      { kind: 'question_removed', outcome: 'done', detail: { name: 'audited', version: 1 } },
    ]);
  });
});

describe('an update is refused that would lose another one', () => {
  test('because its version is not the next', async () => {
    const documents = await saveVersions(bob, 'lost', 2);
    for (const version of [1, 2, 4]) {
      const previous = questionDigest(documents[version === 1 ? 0 : 1] ?? '');
      const answer = await saveQuestion(john, { name: 'lost', version, previous, comment: 'mine' });
      expect(errorOf(answer)).toMatchObject({ status: 409, code: 'conflict' });
    }
  });

  test('because it was made from another text', async () => {
    await saveVersions(bob, 'fork', 1);
    for (const previous of [null, questionDigest('another')]) {
      const answer = await saveQuestion(john, { name: 'fork', version: 2, previous });
      expect(errorOf(answer)).toMatchObject({ status: 409, code: 'conflict' });
    }
    expect(
      errorOf(await saveQuestion(bob, { name: 'no-such', version: 1, previous: 'a'.repeat(64) })),
    ).toMatchObject({
      status: 409,
    });
  });

  test('of two at once, one', async () => {
    const [document = ''] = await saveVersions(bob, 'race', 1);
    const change = { name: 'race', version: 2, previous: questionDigest(document) };
    const answers = await Promise.all(
      [bob, john].map((by, index) => saveQuestion(by, { ...change, comment: `${index}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test('but the same again has no effect', async () => {
    const answers = [await saveQuestion(bob, { name: 'twice' }), await saveQuestion(bob, { name: 'twice' })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(values(await bob.get('/question/versions?name=twice')).length).toBe(1);
  });
});

describe('a question is refused', () => {
  test('with the signature of somebody else, or over another text', async () => {
    expect(errorOf(await saveQuestion(bob, { name: 'theirs' }, john))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    const good = await saveQuestion(bob, { name: 'good' });
    const { signature } = firstValue(good);
    const question = questionText({ ...QUESTION, name: 'other' });
    expect(errorOf(await bob.form('/question/save/', { question, signature }))).toMatchObject({
      status: 403,
      code: 'signature_wrong',
    });
    expect(errorOf(await bob.get('/question?name=other'))).toMatchObject({ status: 404 });
  });

  test('from whoever may not create actions, and shown to whoever may read them', async () => {
    await saveQuestion(bob, { name: 'rights' });
    expect((await saveQuestion(reader, { name: 'mine' })).status).toBe(401);
    expect((await remove(reader, 'rights', 1)).status).toBe(401);
    expect((await reader.get('/question?name=rights')).status).toBe(200);
    for (const path of ['/question?name=rights', '/question/list', '/question/versions?name=rights']) {
      expect((await nobody.get(path)).status, path).toBe(401);
    }
  });

  test('with the parameter that is wrong', async () => {
    for (const [change, message] of [
      [{ operations: [] }, 'operations: there is none'],
      [{ parameters: [] }, 'there is no parameter path'],
      [{ name: 'A B' }, 'question: name'],
    ] as const) {
      expect(errorOf(await saveQuestion(bob, change as object))).toMatchObject({
        status: 400,
        code: 'parameter_invalid',
        message: expect.stringContaining(message),
      });
    }
    for (const path of [
      '/question',
      '/question?name=../x',
      '/question?name=x&version=0',
      '/question/versions',
    ]) {
      expect(errorOf(await bob.get(path)).status, path).toBe(400);
    }
    expect(errorOf(await bob.get('/question?name=unknown'))).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(errorOf(await bob.get('/question/versions?name=unknown'))).toMatchObject({ status: 404 });
    expect(errorOf(await bob.get('/question?name=unknown&version=9999999999999'))).toMatchObject({
      status: 404,
    });
    const big = 'x'.repeat(600_000);
    expect((await bob.form('/question/save/', { question: big, signature: 's' })).status).toBe(413);
  });
});
