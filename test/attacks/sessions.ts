import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { ApiCaller } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { type Attack, brief, errorMessageIn, stoppedIf } from './attack.ts';
import { createInvestigatorWith } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';

const WALL =
  'a session is a random secret, stored as a digest, worth what its investigator is at that moment';

/** The investigators of the attacks call from 127.0.0.1. */
const ATTACKER_ADDRESS = '127.0.0.7';
const UNSEEN_ADDRESS = '127.0.0.8';
/** The number of bad tokens in a minute after which an address is a suspect, in a separate queue. */
const FAILURES_OF_A_SUSPECT = 20;

async function open(api: ApiCaller): Promise<string> {
  const { status, text, body } = await api.send('/session/', { method: 'POST' });
  if (status !== 201) throw new Error(`no session: ${status} ${text}`);
  return body.collection.items[0].data[0].value.token;
}

async function present(
  rig: Rig,
  token: string,
  { path = '/dashboard', method = 'GET' } = {},
): Promise<{ status: number; response: string }> {
  const answer = await fetch(`${rig.apiUrl}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}` },
  });
  const message = errorMessageIn(await answer.text());
  return { status: answer.status, response: brief(`${answer.status} ${message}`) };
}

/** Returns a well-formed, current token: only its signature can be refused. */
async function forgedToken({ bob }: Rig): Promise<string> {
  const [version, time, , ofAnother] = (await bob.token()).split(';');
  return [version, time, randomInt(2 ** 47), ofAnother].join(';');
}

/** Uses a token from another address of this machine. */
async function presentFrom(localAddress: string, { apiUrl }: Rig, token: string): Promise<number> {
  const sent = request(`${apiUrl}/dashboard`, { localAddress, headers: { 'X-PGPAUTHORIZATION': token } });
  sent.end();
  const [response] = await once(sent, 'response');
  response.resume();
  return response.statusCode;
}

function refused(name: string, attempt: (rig: Rig) => Promise<{ status: number; response: string }>): Attack {
  return {
    name: `session: ${name}`,
    holder: 'no credentials',
    wall: WALL,
    async run(rig) {
      const { status, response } = await attempt(rig);
      return stoppedIf(status === 401, response);
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
    const { id, api } = await createInvestigatorWith(rig, { dashboard: true });
    const token = await open(api);
    if ((await present(rig, token)).status !== 200) throw new Error('the session did not work before');
    await rig.bob.form('/investigator/update/', { id: String(id), status: 'disabled' });
    return present(rig, token);
  }),
  refused('one whose investigator lost the right', async (rig) => {
    const { id, api } = await createInvestigatorWith(rig, { dashboard: true });
    const token = await open(api);
    await rig.bob.form('/investigator/update/', { id: String(id), permissions: '{}' });
    return present(rig, token);
  }),
  refused('one that buys the next, for ever', async (rig) =>
    present(rig, await open(rig.bob), { path: '/session/', method: 'POST' }),
  ),
  {
    name: 'token: used again for another request',
    holder: 'no credentials',
    wall: 'a token is bound to its first request, with MIG_TOKEN_BINDING',
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
    name: 'token: a bad one without a trace',
    holder: 'no credentials',
    wall: 'a failed login is in the audit trail, unproven',
    async run(rig) {
      const status = await presentFrom(UNSEEN_ADDRESS, rig, await forgedToken(rig));
      const row = await waitFor(
        'its row',
        async () => {
          const { rows } = await rig.pool.query(
            `SELECT outcome, isproven, fingerprint FROM audit WHERE kind = 'login' AND address = $1`,
            [UNSEEN_ADDRESS],
          );
          return rows[0];
        },
        { timeoutMs: 20_000 },
      );
      return stoppedIf(
        status === 401 && row.outcome === 'refused' && !row.isproven,
        brief(`${status}, ${row.outcome} in the name of ${row.fingerprint}, unproven`),
      );
    },
  },
  {
    name: 'token: a hundred bad ones at once',
    holder: 'no credentials',
    wall: 'addresses that sent bad tokens wait in a queue of their own',
    async run(rig) {
      // These make the address a suspect before the hundred requests arrive.
      for (let sent = 0; sent < FAILURES_OF_A_SUSPECT; sent++) {
        await presentFrom(ATTACKER_ADDRESS, rig, await forgedToken(rig));
      }
      const forged = await Promise.all(Array.from({ length: 100 }, () => forgedToken(rig)));
      const bad = forged.map((token) => presentFrom(ATTACKER_ADDRESS, rig, token));
      const good = await rig.bob.get('/dashboard');
      const statuses = await Promise.all(bad);
      const verified = statuses.filter((status) => status === 401).length;
      const turnedAway = statuses.filter((status) => status === 429).length;
      return stoppedIf(
        good.status === 200 && verified > 0 && turnedAway > 0 && verified + turnedAway === statuses.length,
        `${verified} verified and refused, ${turnedAway} turned away; a good one meanwhile: ${good.status}`,
      );
    },
  },
];
