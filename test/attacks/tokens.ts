import { generateKey } from 'openpgp';
import { signText } from '../../platform/openpgp/sign.ts';
import { type Attack, brief, stoppedIf } from './attack.ts';
import type { Rig } from './rig.ts';

const WALL = 'the token: strict form, signature by an active investigator, short window';

/** Each makes a value of the header; all must be refused, 401. */
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
      const userIDs = [{ name: 'Bob Kelso' }];
      const { privateKey } = await generateKey({
        type: 'ecc',
        curve: 'ed25519Legacy',
        userIDs,
        format: 'object',
      });
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
    name: 'token: an API key of MIG with no token',
    holder: 'no credentials',
    wall: WALL,
    run: async (rig) => {
      const answer = await fetch(`${rig.apiUrl}/dashboard`, { headers: { 'X-MIGAPIKEY': 'guess' } });
      return stoppedIf(answer.status === 401, `${answer.status}`);
    },
  },
];

async function present(rig: Rig, token: string) {
  const answer = await fetch(`${rig.apiUrl}/dashboard`, { headers: { 'X-PGPAUTHORIZATION': token } });
  const text = await answer.text();
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
  return stoppedIf([400, 401, 431].includes(answer.status), brief(`${answer.status} ${message}`));
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
