import { randomBytes } from 'node:crypto';
import type { ApiCaller } from '../setup/api-caller.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import { hire } from './hire.ts';
import type { Rig } from './rig.ts';

const WALL =
  'a session is a random secret, stored as a digest, worth what its investigator is at that moment';

async function open(api: ApiCaller): Promise<string> {
  const { status, text, body } = await api.send('/session/', { method: 'POST' });
  if (status !== 201) throw new Error(`no session: ${status} ${text}`);
  return body.collection.items[0].data[0].value.token;
}

async function present(
  rig: Rig,
  token: string,
  { path = '/dashboard', method = 'GET' } = {},
): Promise<{ status: number; said: string }> {
  const answer = await fetch(`${rig.apiUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
  });
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(await answer.text())?.[1] ?? '';
  return { status: answer.status, said: brief(`${answer.status} ${message}`) };
}

function refused(name: string, attempt: (rig: Rig) => Promise<{ status: number; said: string }>): Attack {
  return {
    name: `session: ${name}`,
    holder: 'no credentials',
    wall: WALL,
    async run(rig) {
      const { status, said } = await attempt(rig);
      return stoppedIf(status === 401, said);
    },
  };
}

export const SESSION_ATTACKS: readonly Attack[] = [
  refused('a guessed one', (rig) => present(rig, `mig-session-${randomBytes(32).toString('base64url')}`)),
  refused('an empty one', (rig) => present(rig, '')),
  refused('one of 100 kB that the parser of headers lets through in part', (rig) =>
    present(rig, `mig-session-${'A'.repeat(8_000)}`),
  ),
  refused('one that was closed', async (rig) => {
    const token = await open(rig.bob);
    await present(rig, token, { path: '/session/', method: 'DELETE' });
    return present(rig, token);
  }),
  refused('what the database holds of one', async (rig) => {
    await open(rig.bob);
    const { rows } = await rig.pool.query('SELECT * FROM sessions LIMIT 1');
    const digest = Object.values(rows[0] ?? {}).find((value) => Buffer.isBuffer(value)) as Buffer;
    return present(rig, `mig-session-${digest.toString('base64url')}`);
  }),
  refused('one whose investigator was disabled', async (rig) => {
    const { id, api } = await hire(rig, { dashboard: true });
    const token = await open(api);
    if ((await present(rig, token)).status !== 200) throw new Error('the session did not work before');
    await rig.bob.form('/investigator/update/', { id: String(id), status: 'disabled' });
    return present(rig, token);
  }),
  refused('one whose investigator lost the right', async (rig) => {
    const { id, api } = await hire(rig, { dashboard: true });
    const token = await open(api);
    await rig.bob.form('/investigator/update/', { id: String(id), permissions: '{}' });
    return present(rig, token);
  }),
  refused('one that buys the next, for ever', async (rig) =>
    present(rig, await open(rig.bob), { path: '/session/', method: 'POST' }),
  ),
  {
    name: 'token: a second use, for another request',
    holder: 'no credentials',
    wall: 'a token is bound to its first request, where MIG_TOKEN_BINDING says so',
    async run(rig) {
      const token = await rig.bob.token();
      const use = (path: string) =>
        fetch(`${rig.apiUrl}${path}`, { headers: { 'X-PGPAUTHORIZATION': token } });
      const first = await use('/dashboard');
      const second = await use('/search?type=agent&target=true');
      return stoppedIf(
        [200, 404].includes(first.status) && second.status === 401,
        `${first.status}, then ${second.status}`,
      );
    },
  },
  {
    name: 'token: a hundred bad ones at once',
    holder: 'no credentials',
    wall: 'addresses that sent bad tokens wait in a lane of their own',
    async run(rig) {
      const bad = Array.from({ length: 100 }, () =>
        fetch(`${rig.apiUrl}/dashboard`, {
          headers: { 'X-PGPAUTHORIZATION': '1;2026-01-01T00:00:00Z;1;x' },
        }).then(({ status }) => status),
      );
      const good = await rig.bob.get('/dashboard');
      const statuses = new Set(await Promise.all(bad));
      return stoppedIf(
        good.status === 200 && !statuses.has(200),
        `${[...statuses].join()}; a good one meanwhile: ${good.status}`,
      );
    },
  },
];
