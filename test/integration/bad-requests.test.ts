import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiCaller, signedAction } from '../../dev/api-caller.ts';
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

describe('a query is refused by name when it has', () => {
  const refusalOf = async (path: string): Promise<string> => {
    const { status, body } = await api.get(path);
    expect({ status, code: body.collection.error.code }, path).toEqual({
      status: 400,
      code: 'parameter_invalid',
    });
    return body.collection.error.message;
  };

  test('an unknown parameter', async () => {
    for (const [path, message] of [
      [
        '/search?type=agent&nmae=x',
        'nmae: no such parameter here; known are type, limit, offset, actionid, ',
      ],
      ['/audit?knd=login', 'knd: no such parameter here; known are after, before, kind, '],
      ['/agent/count?target=true&status=idle', 'status: no such parameter here; known are target'],
      ['/upgrade?actionid=7&al=true', 'al: no such parameter here; known are actionid, all, limit, offset'],
      ['/action?actionid=7&failure=true', 'failure: no such parameter here; known are actionid, failures'],
      ['/action/events?actionid=7&id=8', 'id: no such parameter here; known are actionid'],
      ['/command?id=7', 'id: no such parameter here; known are commandid'],
      ['/agent?agentid=7&name=x', 'name: no such parameter here; known are agentid'],
      ['/investigator?id=7', 'id: no such parameter here; known are investigatorid'],
    ] as const)
      expect(await refusalOf(path)).toMatch(new RegExp(`^${message}`));
  });

  test('a parameter twice', async () => {
    for (const [path, name] of [
      ['/search?type=agent&agentname=a&agentname=b', 'agentname'],
      ['/search?type=agent&type=agent', 'type'],
      ['/audit?kind=login&actor=x&kind=action', 'kind'],
      ['/agent/count?target=true&target=false', 'target'],
      ['/upgrade?actionid=7&actionid=8', 'actionid'],
    ] as const)
      expect(await refusalOf(path)).toBe(`${name}: given twice`);
  });

  test('over 100 values, a name over 64 characters, or a value over 4,096', async () => {
    const values = fc.integer({ min: 90, max: 110 });
    await fc.assert(
      fc.asyncProperty(values, async (count) => {
        const query = Array.from({ length: count }, (_, i) => `nosuch${i}=a`).join('&');
        const expected = count > 100 ? /^the query has more than 100 values$/ : /^nosuch0: no such parameter/;
        expect(await refusalOf(`/search?${query}`)).toMatch(expected);
      }),
      { numRuns: 10 },
    );
    expect(await refusalOf(`/search?${'a'.repeat(64)}=1`)).toMatch(/^a{64}: no such parameter/);
    expect(await refusalOf(`/search?${'a'.repeat(65)}=1`)).toMatch(/^a name in the query is over 64/);
    expect(await refusalOf(`/search?threatfamily=${'a'.repeat(4096)}`)).toBe('threatfamily: is too long');
    expect(await refusalOf(`/search?threatfamily=${'a'.repeat(4097)}`)).toMatch(/^a value of the query is/);
  });
});
