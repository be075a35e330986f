import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { ROUTES_BY_CHAPTER } from '../../contract/api/all-routes.ts';
import type { Route } from '../../contract/api/route.ts';
import { apiConfig, log, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

describe('the description of the API', () => {
  test('is served for programs and for people, to everybody', async () => {
    const openApi = await fetch(`${platform.apiUrl}/openapi.json`);
    expect(await openApi.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: platform.apiUrl }] });
    const page = await fetch(`${platform.apiUrl}/reference`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(await page.text()).toContain('action/create/');
  });

  test('has every path that answers: without credentials each is admitted, or refused by name', async () => {
    const routes = Object.values(ROUTES_BY_CHAPTER).flatMap((chapter): Route[] => Object.values(chapter));
    for (const { method, path, access } of routes) {
      const address = `${platform.apiUrl}${path.replace('{fingerprint}', 'x')}`;
      const { status } = await fetch(address, { method });
      const expected = access === 'anybody' ? [200, 400, 404] : [401];
      expect([method, path, expected.includes(status), status]).toEqual([method, path, true, status]);
    }
  });

  test('has each parameter in one place: the query cannot change one of the path', async () => {
    const response = await fetch(`${platform.apiUrl}/publickey/AAA?fingerprint=BBB`);
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('fingerprint: given twice'),
    ]);
  });

  test('says which other methods a path has', async () => {
    const response = await fetch(`${platform.apiUrl}/session/`, { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, DELETE']);
  });
});

test('pages of the configured origins may call the API, and no others', async () => {
  const origin = 'https://console.example.net';
  await using api = await startApi({ log, config: apiConfig(platform.slot, { corsOrigins: [origin] }) });
  const ask = (from: string) =>
    fetch(`${api.url}/action/create/`, {
      method: 'OPTIONS',
      headers: { Origin: from, 'Access-Control-Request-Method': 'POST' },
    });
  const [allowed, other] = [await ask(origin), await ask('https://evil.example.net')];
  expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('X-PGPAUTHORIZATION');
  expect(other.headers.get('access-control-allow-origin')).toBeNull();
  const unconfigured = await fetch(`${platform.apiUrl}/ip`, { headers: { Origin: origin } });
  expect(unconfigured.headers.get('access-control-allow-origin')).toBeNull();
});
