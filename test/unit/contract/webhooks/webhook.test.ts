import { expect, test } from 'vitest';
import * as routes from '../../../../contract/api/webhooks.ts';
import { webhookUrlProblem } from '../../../../contract/webhooks/webhook.ts';

test.each([
  'https://hooks.example.net/mig',
  'https://hooks.example.net:8443/x?token=1',
  'https://[2606:4700::1]/',
  'http://127.0.0.1:8080/hook',
  'http://[::1]:8080/',
  'http://localhost/x',
])('%s is an address for a webhook', (url) => {
  expect(webhookUrlProblem(url)).toBeUndefined();
});

test.each([
  ['hooks.example.net', 'is no address'],
  ['ftp://hooks.example.net/', 'must begin with https://'],
  ['file:///etc/passwd', 'must begin with https://'],
  ['http://hooks.example.net/', 'unless the receiver is on this machine'],
  ['http://10.0.0.1/', 'unless the receiver is on this machine'],
  ['http://localhost.example.net/', 'unless the receiver is on this machine'],
  ['https://user@hooks.example.net/', 'must not have a user or password'],
  ['https://hooks.example.net/#x', 'must not have a fragment'],
  ['https://hooks.example.net:22/', 'must have the port 443, or one from 1024 on'],
  [`https://hooks.example.net/${'x'.repeat(2048)}`, 'has more than 2048 characters'],
])('%s is none: %s', (url, problem) => {
  expect(webhookUrlProblem(url)).toContain(problem);
});

test('only administrators reach webhooks: to list, create, test or replay them', () => {
  const accesses = Object.values(routes).map(({ path, access }) => `${path} ${access}`);
  expect(accesses).toHaveLength(11);
  expect(accesses.filter((text) => !text.endsWith(' investigator_update'))).toEqual([]);
});
