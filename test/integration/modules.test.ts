import { afterAll, beforeAll, expect, test } from 'vitest';
import { ModuleView } from '../../contract/api-responses.ts';
import { maskFromPermissions, permissionsFromMask } from '../../contract/permissions.ts';
import { allModules } from '../../modules/all-modules.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

test('lists every module with its platforms, options and the JSON Schema of its parameters', async () => {
  const { status, body } = await platform.api.get('/modules');
  expect(status).toBe(200);
  const items: { data: { name: string; value: unknown }[] }[] = body.collection.items;
  const views = items.map(({ data }) => ModuleView.parse(data[0]?.value));
  expect(views.map(({ name }) => name)).toEqual(allModules().map(({ name }) => name));
  const file = views.find(({ name }) => name === 'file');
  expect(file).toMatchObject({
    platforms: { linux: 'complete' },
    persistent: false,
    parameters: { type: 'object', properties: { searches: { type: 'object' } } },
  });
  expect(file?.options).toContainEqual(expect.objectContaining({ flag: 'path', kind: 'list' }));
});

test('is refused without the permission to read actions, and with an unknown parameter', async () => {
  expect((await platform.api.get('/modules?name=file')).status).toBe(400);
  const { rows } = await platform.pool.query(
    'SELECT id, permissions FROM investigators WHERE pgpfingerprint = $1',
    [platform.people.bob.fingerprint],
  );
  const { id, permissions } = rows[0];
  const without = maskFromPermissions({ ...permissionsFromMask(Number(permissions)), action: false });
  await platform.pool.query('UPDATE investigators SET permissions = $2 WHERE id = $1', [id, without]);
  expect((await platform.api.get('/modules')).status).toBe(401);
});
