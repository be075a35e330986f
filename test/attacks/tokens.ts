import { randomUUID } from 'node:crypto';
import { generateKey, type PublicKey, revokeKey } from 'openpgp';
import { waitFor } from '../../dev/wait-for.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { type Attack, brief, errorMessageIn, stoppedIf, type Verdict } from './attack.ts';
import { createInvestigator } from './create-investigator-with.ts';
import type { Rig } from './rig.ts';

const WALL = 'the token: strict form, signature by an active investigator, short window';

const KEYS = 'a key counts only while it is neither revoked nor expired';
const KEY_LIVES_S = 10;

/** Values of the header. The API must refuse each with 401. */
const FORGERIES: readonly (readonly [name: string, token: (rig: Rig) => Promise<string>])[] = [
  ['an empty one', async () => ''],
  ['of an earlier day', ({ bob }) => signed(bob, '2020-01-01T00:00:00Z')],
  ['of a later day', ({ bob }) => signed(bob, '2099-01-01T00:00:00Z')],
  ['of an hour ago', ({ bob }) => signed(bob, secondsFromNow(-3600))],
  ['of an hour ahead', ({ bob }) => signed(bob, secondsFromNow(3600))],
  ['with a time zone', ({ bob }) => signed(bob, secondsFromNow(0).replace('Z', '+00:00'))],
  ['without a time', ({ bob }) => signed(bob, '')],
  [
    'whose time was moved after signing',
    async ({ bob }) => (await bob.token()).replace(/;[^;]*;/, `;${secondsFromNow(60)};`),
  ],
  [
    'whose nonce was changed after signing',
    async ({ bob }) => (await bob.token()).replace(/;(\d+);/, ';1$1;'),
  ],
  ['of version 2', async ({ bob }) => signed(bob, secondsFromNow(0), { version: '2' })],
  ['of version 01', async ({ bob }) => signed(bob, secondsFromNow(0), { version: '01' })],
  ['with a fifth part', async ({ bob }) => `${await bob.token()};extra`],
  ['cut short', async ({ bob }) => (await bob.token()).slice(0, -12)],
  [
    'with two signatures',
    async ({ bob, john }) => `${await bob.token()}${(await john.token()).split(';')[3]}`,
  ],
  ['with a semicolon in the nonce', ({ bob }) => signed(bob, secondsFromNow(0), { nonce: '1;2' })],
  ['signed without the line feed', ({ bob }) => signed(bob, secondsFromNow(0), { end: '' })],
  ['over 8 kB', async ({ bob }) => signed(bob, secondsFromNow(0), { nonce: '1'.repeat(9_000) })],
  [
    'signed by a stranger',
    async () => {
      const { privateKey } = await newKey();
      return signed({ key: privateKey }, secondsFromNow(0));
    },
  ],
  [
    "with an action's signature in place of its own",
    async ({ bob }) => {
      const token = (await bob.token()).split(';');
      return [...token.slice(0, 3), await signText('name=x;target=true;', bob.key)].join(';');
    },
  ],
];

export const TOKEN_ATTACKS: readonly Attack[] = [
  ...FORGERIES.map(
    ([name, forge]): Attack => ({
      name: `token: ${name}`,
      holder: 'no credentials',
      wall: WALL,
      run: async (rig) => present(rig, await forge(rig)),
    }),
  ),
  {
    name: 'token: of a key that was revoked',
    holder: 'no credentials',
    wall: KEYS,
    async run(rig) {
      const { privateKey, publicKey } = await newKey();
      const revoked = await revokeKey({ key: privateKey, format: 'object' });
      await register(rig, publicKey);
      // Such a key can no longer be registered, and an older registration has no effect.
      await rig.pool.query('UPDATE investigators SET publickey = $1 WHERE pgpfingerprint = $2', [
        Buffer.from(revoked.publicKey.armor()),
        publicKey.getFingerprint().toUpperCase(),
      ]);
      return refusedAs(/is revoked/, rig, await signed({ key: privateKey }, secondsFromNow(0)));
    },
  },
  {
    name: 'token: of a key that has expired since',
    holder: 'no credentials',
    wall: KEYS,
    async run(rig) {
      const { privateKey, publicKey } = await newKey({ keyExpirationTime: KEY_LIVES_S });
      const endMs = publicKey.getCreationTime().getTime() + KEY_LIVES_S * 1000;
      await register(rig, publicKey);
      const token = await signed({ key: privateKey }, secondsFromNow(0));
      const { status } = await ask(rig, token);
      if (status !== 200) throw new Error(`the token did not work before: ${status}`);
      await waitFor('the end of the key', () => Date.now() > endMs + 1_000);
      return refusedAs(/expired at/, rig, token);
    },
  },
  {
    name: 'token: an API key of MIG with no token',
    holder: 'no credentials',
    wall: WALL,
    run: async (rig) => {
      const answer = await fetch(`${rig.apiUrl}/dashboard`, { headers: { 'X-MIGAPIKEY': 'guess' } });
      return stoppedIf(answer.status === 401, `${answer.status}`);
    },
  },
];

async function present(rig: Rig, token: string): Promise<Verdict> {
  const { status, message } = await ask(rig, token);
  return stoppedIf([400, 401, 431].includes(status), brief(`${status} ${message}`));
}

async function refusedAs(reason: RegExp, rig: Rig, token: string): Promise<Verdict> {
  const { status, message } = await ask(rig, token);
  return stoppedIf(status === 401 && reason.test(message), brief(`${status} ${message}`));
}

async function ask(rig: Rig, token: string): Promise<{ status: number; message: string }> {
  const answer = await fetch(`${rig.apiUrl}/dashboard`, { headers: { 'X-PGPAUTHORIZATION': token } });
  return { status: answer.status, message: errorMessageIn(await answer.text()) };
}

function newKey({ keyExpirationTime = 0 }: { keyExpirationTime?: number } = {}) {
  return generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Todd Quinlan' }],
    keyExpirationTime,
    format: 'object',
  });
}

/** Creates an investigator with this key and the permission for the dashboard. */
async function register(rig: Rig, key: PublicKey): Promise<void> {
  const { status, text } = await createInvestigator(rig.bob, {
    name: `key ${randomUUID()}`,
    permissions: { dashboard: true },
    publickey: key.armor(),
  });
  if (status !== 201) throw new Error(`creating answered ${status}: ${text}`);
}

async function signed(
  { key }: Pick<Rig['bob'], 'key'>,
  time: string,
  { version = '1', nonce = '42', end = '\n' }: { version?: string; nonce?: string; end?: string } = {},
): Promise<string> {
  const head = `${version};${time};${nonce}`;
  return `${head};${await signText(`${head}${end}`, key)}`;
}

function secondsFromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');
}
