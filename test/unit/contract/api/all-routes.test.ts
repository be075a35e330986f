import { expect, test } from 'vitest';
import { ROUTES, ROUTES_BY_CHAPTER } from '../../../../contract/api/all-routes.ts';
import type { Route } from '../../../../contract/api/route.ts';
import { DEFAULT_PERMISSIONS, hasPermission } from '../../../../contract/permissions.ts';

const routes = Object.values(ROUTES_BY_CHAPTER).flatMap((chapter): [string, Route][] =>
  Object.entries(chapter),
);

test('no two routes share a method and a path, nor a name', () => {
  const addresses = routes.map(([, { method, path }]) => `${method} ${path}`);
  expect(new Set(addresses).size).toBe(addresses.length);
  expect(new Set(routes.map(([name]) => name)).size).toBe(routes.length);
});

test('every route can be taken by its name', () => {
  expect(new Map(Object.entries(ROUTES))).toEqual(new Map(routes));
});

test.each(routes)('%s says what it is for', (_name, { summary }) => {
  expect(summary).toMatch(/^[A-Z].*\.$/);
});

test.each(routes.filter(([, { method }]) => method !== 'GET'))(
  '%s changes something, so that refusals are recorded, and needs more than a default permission',
  (_name, { access, audit }) => {
    if (access === 'anybody' || access === 'loader key' || access === 'token' || access === 'session') return;
    expect(audit).toBeDefined();
    expect(access === 'action_create' || !hasPermission(DEFAULT_PERMISSIONS, access)).toBe(true);
  },
);
