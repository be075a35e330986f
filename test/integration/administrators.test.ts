import fc from 'fast-check';
import { generateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ALL_PERMISSIONS,
  DEFAULT_PERMISSIONS,
  hasPermission,
  permissionsFromMask,
} from '../../contract/permissions.ts';
import { type ApiAnswer, type ApiCaller, createApiCaller, signedAction } from '../../dev/api-caller.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { updateInvestigator } from '../../platform/postgres/queries/investigators.ts';
import { defined } from '../setup/defined.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;
let apiRole: Pool;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  apiRole = createPool({ url: platform.slot.urlOf('migapi', platform.slot.name), name: 'test', max: 8 });
});
afterAll(async () => {
  await apiRole?.end();
  await platform?.[Symbol.asyncDispose]();
});

interface Person {
  status: 'active' | 'disabled';
  permissions: number;
  hasKey: boolean;
}

const UPDATE_BIT = 2 ** 18;
const permissions = fc.oneof(
  fc.integer({ min: 0, max: ALL_PERMISSIONS }),
  fc.constantFrom(0, UPDATE_BIT, ALL_PERMISSIONS, ALL_PERMISSIONS - UPDATE_BIT, 2 ** 16),
);
const status = fc.constantFrom<Person['status']>('active', 'disabled');
const person = fc.record({ status, permissions, hasKey: fc.boolean() });
const change = fc.record({
  status: fc.option(status, { nil: undefined }),
  permissions: fc.option(permissions, { nil: undefined }),
});

const isAdministrator = ({ status, permissions, hasKey }: Person) =>
  status === 'active' && hasKey && hasPermission(permissions, 'investigator_update');

describe('one administrator always remains', () => {
  const idOf = async (name: string): Promise<number> =>
    (await platform.pool.query('SELECT id FROM investigators WHERE name = $1', [name])).rows[0].id;
  const update = async (name: string, fields: Record<string, string>) =>
    platform.api.form('/investigator/update/', { id: String(await idOf(name)), ...fields });
  const REFUSED = { status: 409, message: `Failed to update investigator: 'will not remove last admin'` };
  const outcome = (answer: Awaited<ReturnType<typeof update>>) => ({
    status: answer.status,
    message: answer.body.collection.error.message,
  });

  test('an investigator with nothing but the permission to read does not count as one', async () => {
    await platform.pool.query(`UPDATE investigators SET permissions = $1 WHERE name = 'John Smith'`, [
      2 ** 16,
    ]);
    expect(outcome(await update('Bob Kelso', { permissions: '{"investigator":true}' }))).toEqual(REFUSED);
  });

  test('a disabled investigator does not count as one', async () => {
    await platform.pool.query(
      `UPDATE investigators SET permissions = $1, status = 'disabled' WHERE name = 'John Smith'`,
      [ALL_PERMISSIONS],
    );
    expect(outcome(await update('Bob Kelso', { permissions: '{"search":true}' }))).toEqual(REFUSED);
    await platform.pool.query(
      `UPDATE investigators SET permissions = 63, status = 'active' WHERE name = 'John Smith'`,
    );
  });

  test('the last one cannot be disabled, alone or together with other changes', async () => {
    expect(outcome(await update('Bob Kelso', { status: 'disabled' }))).toEqual(REFUSED);
    const all = JSON.stringify(permissionsFromMask(ALL_PERMISSIONS));
    expect(outcome(await update('Bob Kelso', { status: 'disabled', permissions: all }))).toEqual(REFUSED);
    expect((await platform.api.get('/investigator?investigatorid=1')).status).not.toBe(401);
  });

  test('for concurrent changes, under every isolation level and by every role', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(fc.nat({ max: 3 }), change), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('read committed', 'repeatable read', 'serializable'),
        async (people, changes, isolation) => {
          const ids = await replaceInvestigators(people);
          const before = await administrators();
          expect(before).toBe(people.filter(isAdministrator).length);
          await Promise.allSettled(
            changes.map(async ([index, wanted]) => {
              const client = await apiRole.connect();
              try {
                await client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
                await client.query('SELECT count(*) FROM investigators');
                await updateInvestigator(client, defined(ids[index % ids.length]), wanted);
                await client.query('COMMIT');
              } catch (error) {
                await client.query('ROLLBACK');
                throw error;
              } finally {
                client.release();
              }
            }),
          );
          if (before > 0) expect(await administrators()).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of two that demote each other at the same moment, one stays', async () => {
    for (let round = 0; round < 20; round++) {
      const both = { status: 'active' as const, permissions: ALL_PERMISSIONS, hasKey: true };
      const ids = await replaceInvestigators([both, both]);
      const demoted = await Promise.allSettled(
        ids.map((id) => updateInvestigator(apiRole, id, { status: undefined, permissions: 2 ** 16 })),
      );
      expect(demoted.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(await administrators()).toBe(1);
    }
  });

  test('the owner of the database deletes all but the last', async () => {
    const both = { status: 'active' as const, permissions: ALL_PERMISSIONS, hasKey: true };
    const [first, second] = await replaceInvestigators([both, both]);
    await platform.pool.query('DELETE FROM investigators WHERE id = $1', [first]);
    await expect(platform.pool.query('DELETE FROM investigators WHERE id = $1', [second])).rejects.toThrow(
      /last administrator/,
    );
    await expect(platform.pool.query(`UPDATE investigators SET status = 'disabled'`)).rejects.toThrow(
      /last administrator/,
    );
  });

  async function administrators(): Promise<number> {
    const { rows } = await platform.pool.query(
      'SELECT count(*) AS count FROM investigators WHERE isadministrator AND id >= 1000',
    );
    return rows[0].count;
  }

  /** The platform's own administrators lose their rights first; that needs another administrator for a moment. */
  async function replaceInvestigators(people: readonly Person[]): Promise<number[]> {
    await platform.pool.query('ALTER TABLE investigators DISABLE TRIGGER USER');
    await platform.pool.query(`DELETE FROM investigators WHERE id >= 1000`);
    await platform.pool.query(`UPDATE investigators SET permissions = 0`);
    await platform.pool.query('ALTER TABLE investigators ENABLE TRIGGER USER');
    for (const [index, { status, permissions, hasKey }] of people.entries()) {
      await platform.pool.query(
        `INSERT INTO investigators (id, name, publickey, status, createdat, lastmodified, permissions)
         VALUES ($1, $2, $3, $4, now(), now(), $5)`,
        [1000 + index, `person ${index}`, hasKey ? Buffer.from('key') : null, status, permissions],
      );
    }
    return people.map((_, index) => 1000 + index);
  }
});

describe('no investigator grants a permission that they lack', () => {
  const CREATE_BIT = 2 ** 17;
  let john: ApiCaller;
  beforeAll(async () => {
    john = await createApiCaller(platform.apiUrl, platform.people.john);
    await platform.pool.query(
      `UPDATE investigators SET permissions = $1, status = 'active' WHERE name = 'Bob Kelso'`,
      [ALL_PERMISSIONS],
    );
  });

  const permit = (permissions: number) =>
    platform.pool.query(
      `UPDATE investigators SET permissions = $1, status = 'active' WHERE name = 'John Smith'`,
      [permissions],
    );
  const create = async (permissions: number) => {
    const body = new FormData();
    body.set('name', 'second key');
    body.set('permissions', JSON.stringify(permissionsFromMask(permissions)));
    const key = await generateKey({ type: 'curve25519', userIDs: [{ name: 'second key' }] });
    body.set('publickey', new Blob([key.publicKey]), 'key.asc');
    return john.send('/investigator/create/', { method: 'POST', body });
  };
  const update = (id: number, permissions: number) =>
    john.form('/investigator/update/', {
      id: String(id),
      permissions: JSON.stringify(permissionsFromMask(permissions)),
    });
  const errorOf = ({ status, body }: ApiAnswer) => ({ status, ...body.collection.error });

  test('to a new investigator, and the error names the permissions', async () => {
    await permit(CREATE_BIT);
    expect(errorOf(await create(ALL_PERMISSIONS)).code).toBe('forbidden');
    expect(errorOf(await create(2 ** 18 + CREATE_BIT))).toEqual({
      status: 403,
      code: 'forbidden',
      message: 'permissions: you cannot grant what you lack: investigator_update',
    });
    // MIG's clients send the default set with every investigator.
    expect((await create(DEFAULT_PERMISSIONS)).status).toBe(403);
    expect((await create(CREATE_BIT)).status).toBe(201);
    await permit(DEFAULT_PERMISSIONS + CREATE_BIT);
    expect((await create(DEFAULT_PERMISSIONS)).status).toBe(201);
  });

  test('to an existing investigator or themselves, who may keep or lose permissions', async () => {
    const id = (await platform.pool.query(`SELECT id FROM investigators WHERE name = 'John Smith'`)).rows[0]
      .id;
    await permit(UPDATE_BIT);
    expect(errorOf(await update(id, UPDATE_BIT + CREATE_BIT))).toMatchObject({
      status: 403,
      message: 'permissions: you cannot grant what you lack: investigator_create',
    });
    const { rows } = await platform.pool.query(
      `INSERT INTO investigators (name, status, createdat, lastmodified, permissions)
       VALUES ('other', 'active', now(), now(), 3)
       RETURNING id`,
    );
    expect((await update(rows[0].id, 3 + UPDATE_BIT)).status).toBe(200);
    expect((await update(rows[0].id, 1)).status).toBe(200);
    expect((await update(rows[0].id, 3)).status).toBe(403);
    const { rows: after } = await platform.pool.query('SELECT permissions FROM investigators WHERE id = $1', [
      rows[0].id,
    ]);
    expect(after[0].permissions).toBe(1);
  });

  test('by enabling an investigator who has more', async () => {
    await permit(UPDATE_BIT + 3);
    const { rows } = await platform.pool.query(
      `INSERT INTO investigators (name, status, createdat, lastmodified, permissions)
       VALUES ('once an administrator', 'disabled', now(), now(), $1), ('a reader', 'disabled', now(), now(), 3)
       RETURNING id`,
      [ALL_PERMISSIONS],
    );
    const [administrator, reader] = rows.map(({ id }) => String(id)) as [string, string];
    const enable = (id: string, fields: Record<string, string> = {}) =>
      john.form('/investigator/update/', { id, status: 'active', ...fields });
    expect(errorOf(await enable(administrator)).code).toBe('forbidden');
    expect((await enable(reader)).status).toBe(200);
    const few = { permissions: JSON.stringify(permissionsFromMask(3)) };
    expect((await enable(administrator, few)).status).toBe(200);
  });
});

describe('an idempotency key belongs to its investigator', () => {
  beforeAll(() =>
    platform.pool.query(
      `UPDATE investigators SET permissions = 63 WHERE name IN ('Bob Kelso', 'John Smith')`,
    ),
  );

  test('the same key of two investigators creates two actions, each returned to its own investigator', async () => {
    const john = await createApiCaller(platform.apiUrl, platform.people.john);
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[!-~]{1,255}$/),
        fc.array(fc.boolean(), { minLength: 2, maxLength: 4 }),
        async (key, posters) => {
          const first = new Map<boolean, number>();
          for (const isJohn of posters) {
            const api = isJohn ? john : platform.api;
            const text = bodies.get(isJohn) ?? (await signedAction([api.key]));
            bodies.set(isJohn, text);
            const answer = await api.form('/action/create/', { action: text }, { 'Idempotency-Key': key });
            expect(answer.status).toBe(202);
            const { id } = answer.body.collection.items[0].data[0].value;
            expect(id).toBe(first.get(isJohn) ?? id);
            first.set(isJohn, id);
          }
          expect(new Set(first.values()).size).toBe(first.size);
        },
      ),
      { numRuns: 15 },
    );
  });
  const bodies = new Map<boolean, string>();
});
