import { expect, test } from 'vitest';
import { describeApi } from '../../../../api/reference/openapi.ts';
import { renderReference } from '../../../../api/reference/reference-page.ts';
import { ROUTES_BY_CHAPTER } from '../../../../contract/api/all-routes.ts';
import type { Route } from '../../../../contract/api/route.ts';
import { ERROR_GUIDE } from '../../../../contract/error-guide/error-guide.ts';

const URL = 'https://mig.example.net/api/v1';
const api = JSON.parse(JSON.stringify(describeApi(URL)));
const routes = Object.values(ROUTES_BY_CHAPTER).flatMap((chapter): [string, Route][] =>
  Object.entries(chapter),
);

test.each(routes)('%s is an operation with its permission, its parameters and its errors', (name, route) => {
  const operation = api.paths[route.path][route.method.toLowerCase()];
  expect(operation).toMatchObject({ operationId: name, summary: route.summary });
  const given = [
    ...operation.parameters.map((parameter: { name: string }) => parameter.name),
    ...Object.values<{ schema: { properties: object } }>(operation.requestBody?.content ?? {}).flatMap(
      ({ schema }) => Object.keys(schema.properties),
    ),
  ];
  expect(given.sort()).toEqual(Object.keys(route.parameters.shape).sort());
  expect(Object.keys(operation.responses)).toEqual(
    expect.arrayContaining([String(route.answer.status), '500']),
  );
});

test('every reference leads to a component, and every component is used', () => {
  const text = JSON.stringify(api);
  const targets = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, id]) => id));
  expect([...targets].sort()).toEqual(Object.keys(api.components.schemas).sort());
});

test('ids are integers of 64 bits, and a field of JSON has the schema of its value', () => {
  expect(api.components.schemas.Action.properties.id).toEqual({ type: 'integer', format: 'int64' });
  expect(
    api.paths['/search'].get.parameters.find(({ name }: { name: string }) => name === 'limit').schema,
  ).toEqual({ type: 'integer', format: 'int64', minimum: 1, default: 100 });
  const { schema } = api.paths['/loader/new/'].post.requestBody.content['application/x-www-form-urlencoded'];
  expect(schema.properties.loader).toMatchObject({
    type: 'string',
    contentMediaType: 'application/json',
    contentSchema: { type: 'object', required: ['name'] },
  });
});

test('the reference has every route and every error, and loads nothing', async () => {
  const page = await renderReference(URL);
  for (const [name, { path }] of routes) {
    expect(page).toContain(`id="${name}"`);
    expect(page).toContain(path);
  }
  expect(page).toContain('curl -X DELETE -H &quot;Authorization: Bearer $SESSION&quot;');
  expect(page).toContain('curl -X POST -H &quot;X-PGPAUTHORIZATION: $TOKEN&quot;');
  for (const code of Object.keys(ERROR_GUIDE)) expect(page).toContain(`id="${code}"`);
  expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
});
