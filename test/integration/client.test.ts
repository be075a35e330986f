import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient, ROUTES } from '../../client/client.ts';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { askTheFleet } from '../../docs/examples/ask-the-fleet.ts';
import { signText } from '../../platform/openpgp/sign.ts';
import { openAgents, openPlatform, type Platform } from '../setup/platform.ts';

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform();
  platform.use(await openAgents(platform, { count: 3, prefix: 'host' }));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function clientOfBob() {
  const key = await loadKey(platform.people.bob);
  return { key, client: createClient({ url: platform.apiUrl, sign: (text) => signText(text, key) }) };
}

test('the example of the documentation launches an action, follows it, and lists who found something', async () => {
  const { key, client } = await clientOfBob();
  const action = await signedAction([key], { target: "name LIKE 'host-%'" });
  const progress: number[] = [];
  const onProgress = (done: number) => progress.push(done);
  const question = { signedAction: action, key: randomUUID(), onProgress };
  const found = await askTheFleet(client, question);
  expect([found.length, progress.at(-1)]).toEqual([3, 3]);
  // The same launch again finds the same action.
  expect(await askTheFleet(client, question)).toEqual(found);
});

test('a program with an API key counts what a target reaches', async () => {
  const { client } = await clientOfBob();
  const { rows } = await platform.pool.query<{ id: string }>(
    'SELECT id FROM investigators WHERE lower(pgpfingerprint) = lower($1)',
    [platform.people.bob.fingerprint],
  );
  const { investigator } = await client.call(ROUTES.updateInvestigator, {
    id: Number(rows[0]?.id),
    apikey: 'active',
  });
  const program = createClient({ url: platform.apiUrl, apiKey: investigator.apikey ?? '' });
  const { count } = await program.call(ROUTES.countAgents, { target: "name LIKE 'host-%'" });
  expect(count).toEqual({ count: 3 });
});
