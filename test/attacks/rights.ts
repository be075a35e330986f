import { randomUUID } from 'node:crypto';
import { ALL_PERMISSIONS, permissionsFromMask } from '../../contract/permissions.ts';
import {
  type ApiAnswer,
  type ApiCaller,
  createApiCaller,
  loadKey,
  signedAction,
} from '../../dev/api-caller.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import { createInvestigator, createInvestigatorWith } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';
import { finish, openAction } from './temporal.ts';

const RIGHTS = 'a permission for each endpoint';
const LAST_ADMIN = 'one administrator always remains';

const update = (api: ApiCaller, id: number, fields: Record<string, string>) =>
  api.form('/investigator/update/', { id: String(id), ...fields });

const describeAnswer = ({ status, body }: ApiAnswer) =>
  brief(`${status} ${body?.collection?.error?.message ?? ''}`);

async function idOf(rig: Rig, fingerprint: string): Promise<number> {
  const { rows } = await rig.pool.query('SELECT id FROM investigators WHERE pgpfingerprint = $1', [
    fingerprint,
  ]);
  return rows[0].id;
}

function restore({ pool }: Rig, id: number): Promise<unknown> {
  return pool.query(`UPDATE investigators SET permissions = $2, status = 'active' WHERE id = $1`, [
    id,
    ALL_PERMISSIONS,
  ]);
}

/** An administrator tries to leave the platform without administrators. Afterwards every change is undone. */
function lastAdmin(name: string, attempt: (rig: Rig, bobId: number) => Promise<ApiAnswer>): Attack {
  return {
    name: `rights: ${name}`,
    holder: "one investigator's key",
    wall: LAST_ADMIN,
    async run(rig) {
      const id = await idOf(rig, rig.slot.people.bob.fingerprint);
      try {
        const answer = await attempt(rig, id);
        return stoppedIf(answer.status === 409, describeAnswer(answer));
      } finally {
        await restore(rig, id);
      }
    },
  };
}

function forbidden(name: string, attempt: (rig: Rig) => Promise<ApiAnswer>, expected = [401]): Attack {
  return {
    name: `rights: ${name}`,
    holder: "one investigator's key",
    wall: RIGHTS,
    async run(rig) {
      const answer = await attempt(rig);
      return stoppedIf(expected.includes(answer.status), describeAnswer(answer));
    },
  };
}

export const RIGHTS_ATTACKS: readonly Attack[] = [
  forbidden('to give oneself every permission', async (rig) =>
    update(rig.john, await idOf(rig, rig.slot.people.john.fingerprint), {
      permissions: JSON.stringify(permissionsFromMask(ALL_PERMISSIONS)),
    }),
  ),
  forbidden('to disable the administrator', async (rig) =>
    update(rig.john, await idOf(rig, rig.slot.people.bob.fingerprint), { status: 'disabled' }),
  ),
  forbidden('to take an endpoint out of the fleet, and so out of every search', async (rig) => {
    await rig.heartbeat({ name: 'taken out', queueloc: 'linux.taken-out.1' });
    return rig.john.form('/agent/remove/', { queueloc: 'linux.taken-out.1' });
  }),
  forbidden('to make an investigator without the right', async (rig) =>
    createInvestigator(rig.john, {
      name: 'accomplice',
      permissions: {},
      publickey: rig.slot.people.john.publicKey,
    }),
  ),
  forbidden(
    'to register a second key with every permission, with the right to create alone',
    async (rig) => {
      const { api } = await createInvestigatorWith(rig, { investigator_create: true });
      return createInvestigator(api, {
        name: 'second key',
        permissions: permissionsFromMask(ALL_PERMISSIONS),
        publickey: rig.slot.people.john.publicKey,
      });
    },
    [403],
  ),
  forbidden(
    'to give oneself every permission, with the right to update alone',
    async (rig) => {
      const { id, api } = await createInvestigatorWith(rig, { investigator_update: true });
      const permissions = JSON.stringify(permissionsFromMask(ALL_PERMISSIONS));
      const answer = await update(api, id, { permissions });
      // Attacks on the last administrator need no other administrator.
      await rig.pool.query('UPDATE investigators SET permissions = 0 WHERE id = $1', [id]);
      return answer;
    },
    [403],
  ),
  forbidden('to launch an action with the right to search alone', async (rig) => {
    const { api } = await createInvestigatorWith(rig, { search: true });
    return api.form('/action/create/', { action: await signedAction([rig.bob.key]) });
  }),
  forbidden('to cancel an action with the right to read alone', async (rig) => {
    const { api } = await createInvestigatorWith(rig, { action: true, search: true });
    return api.form('/action/cancel/', { actionid: '1' });
  }),
  forbidden('to read investigators without the right', (rig) =>
    rig.john.get('/investigator?investigatorid=1'),
  ),
  forbidden('to read the dashboard with no permission', async (rig) =>
    (await createInvestigatorWith(rig, {})).api.get('/dashboard'),
  ),
  forbidden('to follow an action with the right to search alone', async (rig) => {
    const { api } = await createInvestigatorWith(rig, { search: true });
    return api.get('/action/events?actionid=1');
  }),
  forbidden('to use a key after it was disabled', async (rig) => {
    const { id, api } = await createInvestigatorWith(rig, { dashboard: true });
    if ((await api.get('/dashboard')).status !== 200) throw new Error('the key did not work before');
    await update(rig.bob, id, { status: 'disabled' });
    return api.get('/dashboard');
  }),
  forbidden(
    'to sign an action with a key after it was disabled',
    async (rig) => {
      const { id, key } = await createInvestigatorWith(rig, { action_create: true });
      await update(rig.bob, id, { status: 'disabled' });
      return rig.bob.form('/action/create/', { action: await signedAction([await loadKey(key)]) });
    },
    [403],
  ),
  forbidden("to sign with the platform's own key", async (rig) => {
    const api = await createApiCaller(rig.apiUrl, rig.slot.people.scheduler);
    return api.get('/dashboard');
  }),
  lastAdmin('the last administrator disables himself', (rig, id) =>
    update(rig.bob, id, { status: 'disabled' }),
  ),
  lastAdmin('the last administrator gives up every right', (rig, id) =>
    update(rig.bob, id, { permissions: '{}' }),
  ),
  lastAdmin('the last administrator keeps only the right to read', (rig, id) =>
    update(rig.bob, id, { permissions: '{"investigator":true}' }),
  ),
  lastAdmin('the last administrator leaves a disabled one behind', async (rig, id) => {
    const other = await createInvestigatorWith(rig, permissionsFromMask(ALL_PERMISSIONS));
    await update(rig.bob, other.id, { status: 'disabled' });
    return update(rig.bob, id, { permissions: '{}' });
  }),
  lastAdmin('both of the last two administrators resign at once', async (rig, id) => {
    const other = await createInvestigatorWith(rig, permissionsFromMask(ALL_PERMISSIONS));
    const answers = await Promise.all([
      update(rig.bob, id, { permissions: '{}' }),
      update(other.api, other.id, { permissions: '{}' }),
    ]);
    await restore(rig, id);
    await rig.pool.query('UPDATE investigators SET permissions = 0 WHERE id = $1', [other.id]);
    const refused = answers.find(({ status }) => status !== 200);
    return refused ?? (answers[0] as ApiAnswer);
  }),
  forbidden(
    'to store a private key',
    async (rig) => {
      const { readFileSync } = await import('node:fs');
      const publickey = readFileSync(rig.slot.people.john.privateKeyFile, 'utf8');
      const answer = await createInvestigator(rig.bob, { name: 'private', permissions: {}, publickey });
      const { rows } = await rig.pool.query(
        `SELECT 1 FROM investigators WHERE encode(publickey, 'escape') LIKE '%PRIVATE%'`,
      );
      if (rows.length > 0) throw new Error('the private key was stored');
      return answer;
    },
    [400, 409],
  ),
  forbidden(
    "to register another investigator's key under a name of one's own",
    (rig) =>
      createInvestigator(rig.bob, {
        name: 'twin',
        permissions: {},
        publickey: rig.slot.people.john.publicKey,
      }),
    [409],
  ),
  forbidden(
    'to store what is no key',
    (rig) => createInvestigator(rig.bob, { name: 'no key', permissions: {}, publickey: 'no key' }),
    [400],
  ),
  forbidden(
    'an investigator whose name holds a NUL',
    (rig) => createInvestigator(rig.bob, { name: 'a\u0000b', permissions: {}, publickey: '' }),
    [400],
  ),
  forbidden('to slip in a permission by another name', async (rig) => {
    const { id, api } = await createInvestigatorWith(rig, {});
    await update(rig.bob, id, { permissions: '{"Investigator_Update":true,"__proto__":{"search":true}}' });
    return api.get('/search?type=agent&agentname=x');
  }),
  {
    name: 'rights: thirty event streams of one investigator',
    holder: "one investigator's key",
    wall: 'event streams are limited per investigator',
    async run(rig) {
      const { api } = await createInvestigatorWith(rig, { action: true });
      const id = await openAction(rig);
      const over = new AbortController();
      const follow = async (caller: ApiCaller) => {
        const { status } = await fetch(`${rig.apiUrl}/action/events?actionid=${id}`, {
          headers: { 'X-PGPAUTHORIZATION': await caller.token() },
          signal: over.signal,
        });
        return status;
      };
      try {
        const statuses = await Promise.all(Array.from({ length: 30 }, () => follow(api)));
        const open = statuses.filter((status) => status === 200).length;
        const refused = statuses.filter((status) => status === 503).length;
        const other = await follow(rig.bob);
        return stoppedIf(
          open === 20 && refused === 10 && other === 200,
          `${open} are open, ${refused} refused; another investigator's: ${other}`,
        );
      } finally {
        over.abort();
        await finish(rig, id);
      }
    },
  },
  {
    name: "rights: an action under another's idempotency key",
    holder: "one investigator's key",
    wall: 'idempotency keys belong to an investigator',
    async run(rig) {
      const key = { 'Idempotency-Key': randomUUID() };
      const post = async (api: ApiCaller, name: string) =>
        api.form(
          '/action/create/',
          { action: await signedAction([rig.bob.key], { name, target: `name='nobody'` }) },
          key,
        );
      const first = await post(rig.bob, 'of bob');
      const second = await post(rig.john, 'of john');
      const idOf = ({ body }: ApiAnswer) =>
        body?.collection?.items?.[0]?.data[0].value.id as number | undefined;
      return stoppedIf(
        second.status === 202 && idOf(second) !== idOf(first),
        `the other's request: ${describeAnswer(second)}, an action of his own`,
      );
    },
  },
];
