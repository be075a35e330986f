import { expect, test } from 'vitest';
import { candidates } from '../../../../cli/api/find-api.ts';

test.each([
  ['mig.example.net', ['https://mig.example.net/api/v1/', 'https://mig.example.net/']],
  ['http://127.0.0.1:1664', ['http://127.0.0.1:1664/api/v1/', 'http://127.0.0.1:1664/']],
  ['https://mig.example.net/api/v1', ['https://mig.example.net/api/v1/']],
  [' https://mig.example.net/mig/ ', ['https://mig.example.net/mig/api/v1/', 'https://mig.example.net/mig/']],
])('%j may mean %j', (text, urls) => {
  expect(candidates(text)).toEqual(urls);
});

test.each(['', 'ftp://mig', 'https://a:b@mig', 'https://mig/?q', 'https://mig/#f', 'two words'])(
  '%j is no address',
  (text) => {
    expect(() => candidates(text)).toThrow('no address of an API');
  },
);
