import fc from 'fast-check';
import { generateKey, type PrivateKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Authority, authorize } from '../../../../agent/command/authorize.ts';
import { type Action, parseAction } from '../../../../contract/action.ts';
import { unixSeconds } from '../../../../contract/go/time.ts';
import { operationsJson } from '../../../../contract/rules/signed-text.ts';
import { signedAction } from '../../../../dev/api-caller.ts';
import { readPublicKey } from '../../../../platform/openpgp/keyring.ts';
import { signText } from '../../../../platform/openpgp/sign.ts';

let key: PrivateKey;
let authority: Authority;
let action: Action;
const now = Date.now();

beforeAll(async () => {
  key = (
    await generateKey({
      type: 'curve25519',
      userIDs: [{ name: 'x' }],
      format: 'object',
      date: new Date(now - 3600_000),
    })
  ).privateKey;
  const known = await readPublicKey(key.toPublic().armor());
  const investigators = { x: { fingerprint: known.fingerprint, weight: 1 } };
  authority = {
    keyring: [known],
    acl: { default: { minimumweight: 1, investigators } },
    nowMs: now,
    signedTimeMs: 0,
  };
  action = parseAction(await signedAction([key], { validFromMs: now - 1000, expireAfterMs: now + 1000 }));
});

test('a good action names its signers', async () => {
  expect(await authorize(action, authority)).toEqual([key.getFingerprint().toUpperCase()]);
});

describe('by time', () => {
  test('an action is refused the moment it has expired', async () => {
    await expect(authorize(action, { ...authority, nowMs: now + 1001 })).rejects.toMatchObject({
      code: 'action_expired',
    });
  });

  test('an action is refused before its window begins', async () => {
    await expect(authorize(action, { ...authority, nowMs: now - 1001 })).rejects.toMatchObject({
      code: 'action_not_yet_valid',
    });
  });

  test('setting the clock back does not revive an action that expired before a later one was signed', async () => {
    await expect(authorize(action, { ...authority, signedTimeMs: now + 5000 })).rejects.toMatchObject({
      code: 'action_expired',
    });
  });
});

test('a signature by a key that has expired, by the clock or by signed time, is refused', async () => {
  const keyExpirationTime = 7200;
  const expiring = await generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'y' }],
    format: 'object',
    date: new Date(now - 3600_000),
    keyExpirationTime,
  });
  const known = await readPublicKey(expiring.privateKey.toPublic().armor());
  const investigators = { y: { fingerprint: known.fingerprint, weight: 1 } };
  const acl = { default: { minimumweight: 1, investigators } };
  const long = parseAction(
    await signedAction([expiring.privateKey], {
      validFromMs: now - 1000,
      expireAfterMs: now + 30 * 86_400_000,
    }),
  );
  // A signature is refused before its creation time.
  const signedAtMs = Date.now();
  const expiresMs = Math.floor((now - 3600_000) / 1000) * 1000 + keyExpirationTime * 1000;
  const offset = fc.integer({ min: -3600_000, max: 10 * 86_400_000 });
  await fc.assert(
    fc.asyncProperty(offset, offset, async (clock, signed) => {
      const nowMs = Math.max(expiresMs + clock, signedAtMs);
      const times = { nowMs, signedTimeMs: expiresMs + signed };
      const outcome = await authorize(long, { keyring: [known], acl, ...times }).catch(({ code }) => code);
      const isExpired = Math.max(times.nowMs, times.signedTimeMs) >= expiresMs;
      expect(outcome).toEqual(isExpired ? 'key_expired' : [known.fingerprint]);
    }),
    // The exact millisecond of expiry, and the ones before and after.
    {
      numRuns: 50,
      examples: [
        [0, 0],
        [-1, 0],
        [0, -1],
        [-1, -1],
        [1, -1],
      ],
    },
  );
});

test('an action signed by a key that the ACL does not name is refused', async () => {
  const acl = { default: { minimumweight: 1, investigators: {} } };
  await expect(authorize(action, { ...authority, acl })).rejects.toMatchObject({ code: 'acl_denied' });
});

test('any change of a signed part is refused', async () => {
  const changes: Partial<Action>[] = [
    { name: 'other' },
    { target: 'false' },
    { validfrom: '2020-01-01T00:00:00Z' },
    { expireafter: '2090-01-01T00:00:00Z' },
    { operations: [{ module: 'netstat', parameters: {} }] },
  ];
  for (const change of changes) {
    await expect(authorize({ ...action, ...change }, authority)).rejects.toMatchObject({
      code: 'signature_wrong',
    });
  }
});

test('an action whose signed text could stand for another name and target is refused', async () => {
  const [name, target] = ['harmless', "tags->>'operator'='x';target=true"];
  const window = `validfrom=${unixSeconds(action.validfrom)};expireafter=%!s(int64=${unixSeconds(action.expireafter)})`;
  const text = `name=${name};target=${target};${window};operations=${operationsJson(action.operations)};`;
  const pgpsignatures = [await signText(text, key)];
  const other = { name: `${name};target=tags->>'operator'='x'`, target: 'true' };
  for (const reading of [{ name, target }, other]) {
    const attempt = authorize({ ...action, ...reading, pgpsignatures }, authority);
    await expect(attempt).rejects.toMatchObject({ code: 'action_ambiguous' });
  }
});
