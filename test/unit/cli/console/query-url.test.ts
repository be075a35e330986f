import fc from 'fast-check';
import { expect, test } from 'vitest';
import { queryUrl } from '../../../../cli/console/query-url.ts';

const API = 'https://mig.example.net/api/v1/';

test.each([
  ['dashboard', `${API}dashboard`],
  ['/dashboard', `${API}dashboard`],
  ['action?actionid=5&x=a%20b', `${API}action?actionid=5&x=a%20b`],
  ['/api/v1/loader?loaderid=1', `${API}loader?loaderid=1`],
  [`${API}search?type=agent`, `${API}search?type=agent`],
  ['search?type=agent&agentname=a:b', `${API}search?type=agent&agentname=a:b`],
])('a query of %s asks %s', (text, url) => {
  expect(queryUrl(text, API)).toBe(url);
});

test.each([
  'https://evil.example/api/v1/dashboard',
  'http://mig.example.net/api/v1/dashboard',
  'https://mig.example.net:8443/api/v1/dashboard',
  'https://mig.example.net/elsewhere',
  'https://user:secret@mig.example.net/api/v1/dashboard',
  'https://mig.example.net@evil.example/api/v1/',
  '../../elsewhere',
  'x/../../../elsewhere',
  '%2e%2e/%2e%2e/elsewhere',
  'file:///etc/passwd',
  'data:text/plain,x',
])('a query of %s is refused before anything is sent', (text) => {
  expect(() => queryUrl(text, API)).toThrow('your credentials are sent nowhere else');
});

test('whatever is typed, the request goes to the API or nowhere', () => {
  const part = fc.constantFrom(
    '/',
    '//',
    '\\',
    '..',
    '.',
    'evil.example',
    '/api/v1/',
    'https://evil.example/api/v1/',
    'https:',
    'http://',
    '@',
    '?',
    '#',
    ':',
    'x',
    ' ',
    '%2f',
    '\t',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      ),
      (text) => {
        try {
          const url = new URL(queryUrl(text, API));
          expect(`${url.origin}${url.pathname}`.startsWith(API)).toBe(true);
          expect(url.username + url.password).toBe('');
        } catch (error) {
          expect(String(error)).toContain('your credentials are sent nowhere else');
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
