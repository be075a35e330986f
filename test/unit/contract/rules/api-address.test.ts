import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClient } from '../../../../client/client.ts';
import { problemOfApiAddress, withoutUser } from '../../../../contract/rules/api-address.ts';

const secretOf = 'the key';

test.each([
  'https://mig.example.net/api/v1/',
  'https://mig.example.net:8443/api/v1',
  'http://localhost:1664/api/v1/',
  'http://127.0.0.1/api/v1/',
  'http://[::1]:80/',
])('%s may get a secret', (text) => {
  expect(problemOfApiAddress(text, { secretOf })).toBeUndefined();
});

test.each([
  ['mig.example.net', 'is no address of an API'],
  ['', 'is no address of an API'],
  ['http://mig.example.net/api/v1/', 'must begin with https://: the key travels with every request'],
  ['http://localhost.example.net/', 'must begin with https://'],
  ['http://127.0.0.1.example.net/', 'must begin with https://'],
  ['http://127.0.0.1@mig.example.net/', 'must begin with https://'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['https://bob:pw@mig.example.net/', 'must have no user'],
  ['https://mig.example.net/?a=b', 'no ?'],
  ['https://mig.example.net/#a', 'no #'],
])('%s may not', (text, problem) => {
  expect(problemOfApiAddress(text, { secretOf })).toContain(problem);
});

test('plain HTTP to any other host must be allowed', () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ['http'] }), (text) => {
      fc.pre(problemOfApiAddress(text.replace('http', 'https'), { secretOf }) === undefined);
      expect(problemOfApiAddress(text, { secretOf })).toContain('https://');
      expect(problemOfApiAddress(text, { secretOf, allowsPlainHttp: true })).toBeUndefined();
    }),
  );
});

test('a password in an address is not shown', () => {
  for (const password of ['secret', 'sec/ret', 'sec@ret', 'sec\nret', 'sec?r#et']) {
    expect(withoutUser(`https://bob:${password}@mig.example.net/a`)).toBe('https://mig.example.net/a');
  }
  expect(withoutUser('https://mig.example.net/a')).toBe('https://mig.example.net/a');
});

test('a client with an API key refuses to send it by plain HTTP, and one that signs is as MIG’s', () => {
  const url = 'http://mig.example.net/api/v1/';
  expect(() => createClient({ url, apiKey: 'key' })).toThrow(/must begin with https/);
  expect(() => createClient({ url, apiKey: 'key', allowsPlainHttp: true })).not.toThrow();
  expect(() => createClient({ url, sign: async () => '' })).not.toThrow();
});
