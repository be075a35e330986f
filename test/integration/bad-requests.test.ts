import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCaller, signedAction } from '../setup/api-caller.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let api: ApiCaller;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  api = platform.api;
});
afterAll(() => platform?.[Symbol.asyncDispose]());

describe('a request is refused, and never an internal error, when it has', () => {
  for (const path of [
    '/search?type=%00',
    '/search?type=agent&agentname=%00',
    '/search?type=agent&a%00b=c',
    '/search?type=action&actionid=%00',
    '/search?type=action&after=%00',
    '/search?type=action&limit=%00',
    '/search?type=agent&target=%00',
    '/action?actionid=%00',
    '/action/events?actionid=%00',
    '/command?commandid=%00',
    '/agent?agentid=%00',
    '/investigator?investigatorid=%00',
    '/upgrade?actionid=%00',
    '/audit?kind=%00',
    '/audit?actor=%00',
    '/audit?objectid=%00',
    '/audit?cursor=%00',
  ]) {
    test(`U+0000 in ${path}`, async () => {
      expect(await api.get(path)).toMatchObject({ status: 400 });
    });
  }

  for (const path of ['/publickey/%00', '/publickey/a%00', '/%00', '/search%00', '/action/%00', '/%ff%00']) {
    test(`U+0000 in the path ${path}`, async () => {
      expect([400, 404]).toContain((await api.get(path)).status);
    });
  }

  for (const name of [
    'actionname',
    'agentname',
    'agentversion',
    'investigatorname',
    'status',
    'threatfamily',
  ]) {
    test(`bytes that are no UTF-8 in the pattern ${name}`, async () => {
      for (const type of ['action', 'command', 'agent', 'investigator']) {
        for (const pattern of ['%ff', '%de%', 'a%C3']) {
          const { status, body } = await api.get(`/search?type=${type}&${name}=${pattern}`);
          expect({ status, code: body.collection.error.code }).toEqual({
            status: 400,
            code: 'body_not_utf8',
          });
        }
      }
    });
  }

  test('a multipart body where a form is meant', async () => {
    const body = new FormData();
    body.set('action', await signedAction([api.key]));
    for (const path of ['/action/create/', '/action/cancel/', '/investigator/update/']) {
      const answer = await api.send(path, { method: 'POST', body });
      expect(answer.status).toBe(400);
      expect(answer.body.collection.error).toMatchObject({
        code: 'parameter_invalid',
        message: expect.stringContaining('Content-Type'),
      });
    }
  });

  test.each([
    ['no boundary', 'multipart/form-data', 'x'],
    ['a boundary that never comes', 'multipart/form-data; boundary=x', 'y'],
    [
      'no end',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na',
    ],
    ['a part without a name', 'multipart/form-data; boundary=x', '--x\r\n\r\na\r\n--x--\r\n'],
    [
      'U+0000 in a name',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\na\u0000\r\n--x--\r\n',
    ],
    ['nothing in it', 'multipart/form-data; boundary=x', ''],
  ])('a multipart body with %s', async (_, type, body) => {
    const answer = await api.send('/investigator/create/', {
      method: 'POST',
      headers: { 'Content-Type': type },
      body,
    });
    expect(answer).toMatchObject({ status: 400 });
  });
});

test('a search has at most 100 values, of 4,096 characters at most', async () => {
  const names = fc.array(fc.constantFrom('status', 'agentname', 'nosuchparameter'), {
    minLength: 90,
    maxLength: 110,
  });
  await fc.assert(
    fc.asyncProperty(names, async (chosen) => {
      const answer = await api.get(`/search?${chosen.map((name) => `${name}=a`).join('&')}`);
      expect(answer.status).toBe(chosen.length > 100 ? 400 : 404);
    }),
    { numRuns: 10 },
  );
  expect((await api.get(`/search?report=${'a'.repeat(4096)}`)).status).toBe(404);
  expect((await api.get(`/search?report=${'a'.repeat(4097)}`)).body.collection.error.code).toBe(
    'parameter_invalid',
  );
});
